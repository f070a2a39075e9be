# The headers that users of the library see: installed, compiled alone, free of third-party types, and
# including only one another (tools/check_layers.py). All other headers are private to the sources.
set(DPR_PUBLIC_HEADERS
  base/checksum.h base/error.h base/file.h base/progress.h base/row_filter.h base/rows.h
  base/threads.h
  data/passage_source.h data/ranked_list.h data/records.h
  text/passage_splitter.h text/vocabulary.h text/wordpiece.h text/wordpiece_options.h
  tensor/byte_codes.h tensor/matrix.h tensor/precision.h tensor/similarity.h
  bert/bert.h bert/config.h bert/packed_tokens.h bert/parameters.h
  encoder/encoder.h encoder/retriever.h
  vectors/codes.h vectors/exact_search.h vectors/npy.h vectors/top_k.h vectors/vector_file.h
  lexical/analyzer_settings.h lexical/bm25.h lexical/lexical_index.h
  collection/collection.h collection/collection_writer.h
  retrieval/fusion.h retrieval/searcher.h)
