"""One engine's search over given vectors, in a process of its own: bench/search.py reads the JSON that it prints.

{"build_seconds", "version", "points": [{"effort", "batch_qps", "one_median_ms", "one_p99_ms", "recall_10", "recall_100"}]};
exact engines have one point. All engines are told the number of threads, as their own documentation says.
"""
import argparse
import json
import os
import sys
import time

import numpy as np

ONE_AT_A_TIME = 200
EFFORTS = (16, 24, 32, 48, 64, 100, 150, 200, 300, 400, 600, 800)
PROBES = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)


def measure(search, queries, truth, effort=None):
    search(queries[:8])
    begin = time.perf_counter()
    found = search(queries)
    batch = time.perf_counter() - begin
    each = []
    for i in range(min(len(queries), ONE_AT_A_TIME)):
        begin = time.perf_counter()
        search(queries[i:i + 1])
        each.append(1000 * (time.perf_counter() - begin))
    point = {"effort": effort, "batch_qps": len(queries) / batch, "one_median_ms": float(np.median(each)),
             "one_p99_ms": float(np.quantile(each, .99))}
    if truth is not None:
        for k in (10, 100):
            point[f"recall_{k}"] = float(np.mean([len(set(a[:k]) & set(b[:k])) / k for a, b in zip(found, truth)]))
    return point


def sweep(efforts, set_effort, search, queries, truth):
    points = []
    for effort in efforts:
        set_effort(effort)
        points.append(measure(search, queries, truth, effort))
    return points


def faiss_flat(base, queries, a, truth):
    import faiss
    faiss.omp_set_num_threads(a.threads)
    index = faiss.IndexFlatIP(base.shape[1])
    begin = time.perf_counter()
    index.add(base)
    built = time.perf_counter() - begin
    return {"build_seconds": built, "version": faiss.__version__,
            "points": [measure(lambda q: index.search(q, a.k)[1], queries, truth)]}


def faiss_hnsw(base, queries, a, truth):
    import faiss
    faiss.omp_set_num_threads(a.threads)
    index = faiss.IndexHNSWFlat(base.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 200
    begin = time.perf_counter()
    index.add(base)
    built = time.perf_counter() - begin

    def set_effort(effort):
        index.hnsw.efSearch = effort
    return {"build_seconds": built, "version": faiss.__version__,
            "points": sweep(EFFORTS, set_effort, lambda q: index.search(q, a.k)[1], queries, truth)}


def faiss_ivf_rabitq(base, queries, a, truth):
    import faiss
    faiss.omp_set_num_threads(a.threads)
    begin = time.perf_counter()
    index = faiss.index_factory(base.shape[1], f"IVF{int(4 * len(base) ** .5)},RaBitQ", faiss.METRIC_INNER_PRODUCT)
    index.train(base)
    index.add(base)
    refined = faiss.IndexRefineFlat(index, faiss.swig_ptr(base))
    refined.k_factor = 4
    built = time.perf_counter() - begin

    def set_effort(effort):
        index.nprobe = effort
    return {"build_seconds": built, "version": faiss.__version__,
            "points": sweep(PROBES, set_effort, lambda q: refined.search(q, a.k)[1], queries, truth)}


def hnswlib(base, queries, a, truth):
    import hnswlib as library
    index = library.Index("ip", base.shape[1])
    index.init_index(len(base), ef_construction=200, M=16)
    index.set_num_threads(a.threads)
    begin = time.perf_counter()
    index.add_items(base)
    built = time.perf_counter() - begin
    efforts = [effort for effort in EFFORTS if effort >= a.k] or [a.k]  # it cannot give more than its effort
    return {"build_seconds": built, "version": getattr(library, "__version__", ""),
            "points": sweep(efforts, index.set_ef, lambda q: index.knn_query(q, a.k)[0], queries, truth)}


def usearch(kind):
    def run(base, queries, a, truth):
        import usearch as library
        from usearch.index import Index
        index = Index(ndim=base.shape[1], metric="ip", dtype=kind, connectivity=16, expansion_add=200, expansion_search=200)
        begin = time.perf_counter()
        index.add(np.arange(len(base)), base, threads=a.threads)
        built = time.perf_counter() - begin

        def set_effort(effort):
            index.expansion_search = effort

        def search(q):
            return np.atleast_2d(index.search(q, a.k, threads=a.threads).keys)
        return {"build_seconds": built, "version": library.__version__, "points": sweep(EFFORTS, set_effort, search, queries, truth)}
    return run


def svs_vamana(base, queries, a, truth):
    import svs
    begin = time.perf_counter()
    parameters = svs.VamanaBuildParameters(alpha=.95, graph_max_degree=32, window_size=200)
    index = svs.Vamana.build(parameters, base, svs.DistanceType.MIP, num_threads=a.threads)
    built = time.perf_counter() - begin

    def set_effort(effort):
        index.search_window_size = max(effort, a.k)
    efforts = [effort for effort in EFFORTS if effort >= a.k] or [a.k]
    return {"build_seconds": built, "version": getattr(svs, "__version__", ""),
            "points": sweep(efforts, set_effort, lambda q: index.search(q, a.k)[0], queries, truth)}


ENGINES = {"FAISS flat": faiss_flat, "FAISS HNSW": faiss_hnsw, "FAISS IVF-RaBitQ": faiss_ivf_rabitq, "hnswlib": hnswlib,
           "USearch f32": usearch("f32"), "USearch i8": usearch("i8"), "SVS Vamana": svs_vamana}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--base", required=True)
    parser.add_argument("--queries", required=True)
    parser.add_argument("--truth", help="rows of the best of each question, .npy")
    parser.add_argument("-k", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    base, queries = np.load(arguments.base), np.load(arguments.queries)
    truth = np.load(arguments.truth) if arguments.truth else None
    json.dump(ENGINES[arguments.engine](base, queries, arguments, truth), sys.stdout)


if __name__ == "__main__":
    main()
