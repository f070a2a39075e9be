#!/usr/bin/env python3
"""Makes testdata/vectors/foreign/ and the corpora fuzz/corpus/{faiss_format,pickled_embeddings,pickle}/.

Made with faiss-cpu 1.15.1 and numpy 2.4.6.
    python tools/goldens/foreign_vectors.py

All readable files hold the same five vectors of three dimensions, VECTORS, with the ids "wiki:1" to "wiki:5":
FAISS's indexes, DPR's pickled embeddings in each protocol that keeps numbers as bytes (protocol 3 also with
NumPy 1's names), lists of ids as DPR and Pyserini write them. The others are what must be refused, named after why.
"""

import io
import pathlib
import pickle

import faiss
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = (numpy.arange(15, dtype="<f4").reshape(5, 3) - 7) / 4
IDS = [f"wiki:{i}" for i in range(1, 6)]


def index(kind, vectors=VECTORS, ids=None, train=None):
    if train is not None:
        kind.train(train)
    if ids is not None:
        kind.add_with_ids(vectors, numpy.array(ids, dtype="int64"))
    else:
        kind.add(vectors)
    return bytes(faiss.serialize_index(kind))


def with_dprs_dimension(vectors):
    """As DPR's DenseHNSWFlatIndexer: L2 then orders as the inner product."""
    norms = (vectors ** 2).sum(axis=1)
    return numpy.hstack([vectors, numpy.sqrt(norms.max() - norms)[:, None]]).astype("<f4")


def hnsw(dimensions, *arguments):
    graph = faiss.IndexHNSWFlat(dimensions, 4, *arguments)
    graph.hnsw.efConstruction = 8
    return graph


def lp():
    kind = faiss.IndexFlat(3, faiss.METRIC_Lp)
    kind.metric_arg = 3
    return kind


def without_storage():
    graph = hnsw(3)
    graph.add(VECTORS)
    writer = faiss.VectorIOWriter()
    faiss.write_index(graph, writer, faiss.IO_FLAG_SKIP_STORAGE)
    return bytes(faiss.vector_to_array(writer.data))


MANY = numpy.random.default_rng(0).standard_normal((64, 3)).astype("<f4")
FAISS = {
    "flat_ip": index(faiss.IndexFlatIP(3)),
    "flat_l2": index(faiss.IndexFlatL2(3)),
    "flat_generic": index(faiss.IndexFlat(3, faiss.METRIC_INNER_PRODUCT)),
    "id_map": index(faiss.IndexIDMap(faiss.IndexFlatIP(3)), ids=[1, 2, 3, 4, 5]),
    "id_map2": index(faiss.IndexIDMap2(faiss.IndexFlatL2(3)), ids=[1, 2, 3, 4, 5]),
    "hnsw_l2": index(hnsw(3)),
    "hnsw_ip": index(hnsw(3, faiss.METRIC_INNER_PRODUCT)),
    "hnsw_dpr": index(hnsw(4), with_dprs_dimension(VECTORS)),
    "id_map_hnsw": index(faiss.IndexIDMap(hnsw(3)), ids=[1, 2, 3, 4, 5]),
    "no_rows": index(faiss.IndexFlatIP(3), VECTORS[:0]),
    "hnsw_sq": index(faiss.IndexHNSWSQ(3, faiss.ScalarQuantizer.QT_8bit, 4), train=VECTORS),
    "hnsw_without_vectors": without_storage(),
    "ivf_flat": index(faiss.IndexIVFFlat(faiss.IndexFlatL2(3), 3, 2), train=MANY),
    "scalar_quantizer": index(faiss.IndexScalarQuantizer(3, faiss.ScalarQuantizer.QT_fp16), train=VECTORS),
    "pre_transform": index(faiss.IndexPreTransform(faiss.NormalizationTransform(3), faiss.IndexFlatIP(3))),
    "lp": index(lp()),
}


def rows(vectors=VECTORS, ids=IDS):
    return list(zip(ids, vectors))


def numpy_1(text):
    """Protocol 3 ends names with line feeds, so no length has to change."""
    return text.replace(b"numpy._core.", b"numpy.core.")


def one_by_one():
    """As the pure Python pickler writes with a batch of one: APPEND, not APPENDS."""
    class Pickler(pickle._Pickler):
        _BATCHSIZE = 1
    out = io.BytesIO()
    Pickler(out, 4).dump(rows())
    return out.getvalue()


EMBEDDINGS = {
    "protocol3": pickle.dumps(rows(), protocol=3),
    "protocol3_numpy1": numpy_1(pickle.dumps(rows(), protocol=3)),
    "protocol4": pickle.dumps(rows(), protocol=4),
    "protocol5": pickle.dumps(rows(), protocol=5),
    "one_by_one": one_by_one(),
    "longer_tuples": pickle.dumps([(i, v, "text", "title") for i, v in rows()], protocol=4),
    "matrices_of_one_row": pickle.dumps(rows(VECTORS.reshape(5, 1, 3)), protocol=4),
    "numbers_as_ids": pickle.dumps(rows(ids=[1, 2, 3, 4, 5]), protocol=4),
    "protocol2": pickle.dumps(rows(), protocol=2),
    "float16": pickle.dumps(rows(VECTORS.astype("<f2")), protocol=4),
    "float64": pickle.dumps(rows(VECTORS.astype("<f8")), protocol=4),
    "big_endian": pickle.dumps(rows(VECTORS.astype(">f4")), protocol=4),
    "other_dimensions": pickle.dumps([*rows(), ("wiki:6", VECTORS[0, :2])], protocol=4),
    "a_matrix": pickle.dumps([("wiki:1", VECTORS)], protocol=4),
    "lists_of_numbers": pickle.dumps([(i, v.tolist()) for i, v in rows()], protocol=4),
    "no_id": pickle.dumps([(None, VECTORS[0])], protocol=4),
    "no_tuples": pickle.dumps(IDS, protocol=4),
    "empty_list": pickle.dumps([], protocol=4),
    "a_dict": pickle.dumps(dict(rows()), protocol=4),
    "calls_system": b"\x80\x03](cos\nsystem\nX\x04\x00\x00\x00true\x85Re.",
}
LISTS = {
    "index_meta.dpr": pickle.dumps(IDS, protocol=4),
    "numbers.dpr": pickle.dumps([1, 2, 3, 4, 5], protocol=3),
    "docid": "".join(i + "\n" for i in IDS).encode(),
}


def hostile(files, keep):
    """Each of `keep` cut at three places, and with each of its first bytes flipped."""
    made = {}
    for name in keep:
        content = files[name]
        for share in 1, 2, 3:
            made[f"{name}_cut{share}"] = content[:len(content) * share // 4]
        made[f"{name}_more"] = content + b"x"
        for at in range(0, min(len(content), 48), 4):
            made[f"{name}_flipped{at}"] = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1:]
    return made


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def main():
    goldens, corpus = ROOT / "testdata" / "vectors" / "foreign", ROOT / "fuzz" / "corpus"
    write(goldens, {f"{name}.faiss": content for name, content in FAISS.items()})
    write(goldens, {f"{name}.pkl": content for name, content in EMBEDDINGS.items()})
    write(goldens, LISTS)
    write(corpus / "faiss_format", {**FAISS, **hostile(FAISS, ["flat_ip", "id_map", "hnsw_l2"])})
    write(corpus / "pickled_embeddings",
          {**EMBEDDINGS, **LISTS, **hostile(EMBEDDINGS, ["protocol3", "protocol5"])})
    write(corpus / "pickle", {**EMBEDDINGS, **LISTS, "loop": b"]q\x00h\x00a.", "dict": b"}(NNu.", "text": b"(lp0\nI1\naL2L\na."})


if __name__ == "__main__":
    main()
