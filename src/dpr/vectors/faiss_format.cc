#include "dpr/vectors/faiss_format.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr int32_t kInnerProduct = 0, kSquaredL2 = 1;  // faiss::MetricType
constexpr int64_t kMostDimensions = 1 << 20;
constexpr int64_t kMostRows = int64_t{1} << 40;
constexpr int64_t kUnused = 1 << 20;  // what FAISS writes into two fields that nobody reads
constexpr const char* kFlatHint =
    "Give a flat or an HNSW-flat index, or the embeddings that it was made of";

// The first four bytes of each kind of index, and its name in FAISS.
constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
    {"IxFI", "IndexFlatIP"},
    {"IxF2", "IndexFlatL2"},
    {"IxFl", "IndexFlat"},
    {"IxMp", "IndexIDMap"},
    {"IxM2", "IndexIDMap2"},
    {"IHNf", "IndexHNSWFlat"},
    {"IHNs", "IndexHNSWSQ"},
    {"IHNp", "IndexHNSWPQ"},
    {"IHN2", "IndexHNSW2Level"},
    {"IHNc", "IndexHNSWCagra"},
    {"IHc2", "IndexHNSWCagra"},
    {"IwFl", "IndexIVFFlat"},
    {"IwFd", "IndexIVFFlatDedup"},
    {"IwPQ", "IndexIVFPQ"},
    {"IwQR", "IndexIVFPQR"},
    {"IwSq", "IndexIVFScalarQuantizer"},
    {"IwSQ", "IndexIVFScalarQuantizer"},
    {"IwPf", "IndexIVFPQFastScan"},
    {"IwSh", "IndexIVFSpectralHash"},
    {"IxPq", "IndexPQ"},
    {"IxPo", "IndexPQ"},
    {"IxPQ", "IndexPQ"},
    {"IPfs", "IndexPQFastScan"},
    {"IxSQ", "IndexScalarQuantizer"},
    {"IxPT", "IndexPreTransform"},
    {"IxRF", "IndexRefine"},
    {"IxHe", "IndexLSH"},
    {"IxHE", "IndexLSH"},
    {"Ix2L", "Index2Layer"},
    {"IxRq", "IndexResidualQuantizer"},
    {"IxLS", "IndexLocalSearchQuantizer"},
    {"INSf", "IndexNSGFlat"},
    {"INSs", "IndexNSGSQ"},
    {"INSp", "IndexNSGPQ"},
    {"INNf", "IndexNNDescentFlat"},
    {"Ixrq", "IndexRaBitQ"},
    {"Iwrq", "IndexIVFRaBitQ"},
    {"IRMf", "IndexRowwiseMinMax"},
    {"IRMh", "IndexRowwiseMinMaxFP16"},
    {"IBxF", "IndexBinaryFlat"},
    {"IBwF", "IndexBinaryIVF"},
    {"IBHf", "IndexBinaryHNSW"},
    {"IBMp", "IndexBinaryIDMap"},
};

// In the place of an index that was left out.
constexpr std::string_view kNoIndex = "null";

// Empty for what is none.
std::string_view NameOf(std::string_view kind) {
  for (const auto& [code, name] : kKinds) {
    if (code == kind) return name;
  }
  return {};
}

bool IsFlat(std::string_view kind) { return kind == "IxFI" || kind == "IxF2" || kind == "IxFl"; }
bool IsIdMap(std::string_view kind) { return kind == "IxMp" || kind == "IxM2"; }

class Parser {
 public:
  Parser(std::span<const std::byte> file, const std::string& where) : file_(file), where_(where) {}

  FaissLayout Parse() {
    const std::string kind = TakeKind();
    FaissLayout layout = IsIdMap(kind) ? IdMap(kind) : FlatOrGraph(kind);
    if (at_ != file_.size()) Fail("something follows the index");
    return layout;
  }

 private:
  struct Header {
    int64_t dimensions, rows;
    int32_t metric;
  };

  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, fmt::format("byte {} of the FAISS index: {}", at_, problem),
                where_, "Is the file damaged, or cut short? Fetch or write it again");
  }
  [[noreturn]] void Refuse(const std::string& problem) const {
    throw Error(ErrorCode::kUnsupported, problem, where_, kFlatHint);
  }

  template <typename T>
  T Take() {
    T value;
    if (file_.size() - at_ < sizeof value) Fail("the file ends here");
    std::memcpy(&value, file_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string TakeKind() {
    std::string kind(4, '\0');
    if (file_.size() - at_ < kind.size()) Fail("the file ends here");
    std::memcpy(kind.data(), file_.data() + at_, kind.size());
    if (NameOf(kind).empty() && kind != kNoIndex) Fail("this begins no index that is known");
    at_ += kind.size();
    return kind;
  }

  Header TakeHeader() {
    Header header{};
    header.dimensions = Take<int32_t>();
    header.rows = Take<int64_t>();
    Take<int64_t>();
    Take<int64_t>();
    Take<uint8_t>();  // is it trained? Flat indexes always are
    header.metric = Take<int32_t>();
    if (header.dimensions < 1 || header.dimensions > kMostDimensions) {
      Fail(fmt::format("vectors of {} dimensions", header.dimensions));
    }
    if (header.rows < 0 || header.rows > kMostRows) Fail(fmt::format("{} vectors", header.rows));
    if (header.metric != kInnerProduct && header.metric != kSquaredL2) {
      Refuse(fmt::format("the index's metric is number {} of FAISS's, neither inner product nor L2",
                         header.metric));
    }
    return header;
  }

  // A vector of FAISS's: how many elements, then these. Where they begin.
  size_t TakeElements(size_t element_bytes, std::optional<int64_t> expected, const char* what) {
    const auto count = Take<uint64_t>();
    if (expected && count != static_cast<uint64_t>(*expected)) {
      Fail(fmt::format("there are {} {}, and {} are needed", count, what, *expected));
    }
    if (count > (file_.size() - at_) / element_bytes)
      Fail(fmt::format("the {} are cut short", what));
    const size_t begin = at_;
    at_ += static_cast<size_t>(count) * element_bytes;
    return begin;
  }

  FaissLayout Flat(std::string_view kind) {
    const Header header = TakeHeader();
    FaissLayout layout;
    layout.index = header.metric == kInnerProduct ? "IndexFlatIP" : "IndexFlatL2";
    const int32_t said = kind == "IxFI" ? kInnerProduct : kSquaredL2;
    if (kind != "IxFl" && header.metric != said) Fail("the index says two metrics");
    layout.similarity = header.metric == kInnerProduct ? Similarity::kDot : Similarity::kL2;
    layout.dimensions = header.dimensions;
    layout.rows = header.rows;
    layout.vectors =
        TakeElements(sizeof(float), header.rows * header.dimensions, "numbers of the vectors");
    return layout;
  }

  FaissLayout FlatOrGraph(const std::string& kind) {
    if (IsFlat(kind)) return Flat(kind);
    if (kind == "IHNf") return Graph();
    if (kind == kNoIndex) Refuse("the index was saved without its vectors");
    Refuse(fmt::format("this is FAISS's {}, which does not hold the vectors as they are",
                       NameOf(kind)));
  }

  // The graph is stepped over.
  FaissLayout Graph() {
    const Header header = TakeHeader();
    TakeElements(sizeof(double), {}, "level probabilities");
    TakeElements(sizeof(int32_t), {}, "level sizes");
    TakeElements(sizeof(int32_t), header.rows, "levels");
    TakeElements(sizeof(uint64_t), header.rows + 1, "offsets");
    TakeElements(sizeof(int32_t), {}, "links");
    for (int i = 0; i < 5; ++i) Take<int32_t>();  // where to enter, and how wide to search
    const std::string kind = TakeKind();
    if (!IsFlat(kind) && kind != kNoIndex) Fail("an IndexHNSWFlat over an index that is not flat");
    FaissLayout layout = FlatOrGraph(kind);
    if (layout.dimensions != header.dimensions || layout.rows != header.rows) {
      Fail("the graph and its vectors do not belong together");
    }
    layout.index = "IndexHNSWFlat";
    layout.has_graph = true;
    layout.similarity = header.metric == kInnerProduct ? Similarity::kDot : Similarity::kL2;
    return layout;
  }

  FaissLayout IdMap(const std::string& kind) {
    const Header header = TakeHeader();
    FaissLayout layout = FlatOrGraph(TakeKind());
    if (layout.dimensions != header.dimensions || layout.rows != header.rows) {
      Fail("the ids and the vectors do not belong together");
    }
    layout.ids = TakeElements(sizeof(int64_t), header.rows, "ids");
    layout.index = fmt::format("{} of {}", NameOf(kind), layout.index);
    return layout;
  }

  std::span<const std::byte> file_;
  const std::string& where_;
  size_t at_ = 0;
};

template <typename T>
void Put(T value, std::string& text) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

bool IsFaissFile(std::span<const std::byte> file) {
  return file.size() >= 4 && !NameOf({reinterpret_cast<const char*>(file.data()), 4}).empty();
}

FaissLayout ParseFaissIndex(std::span<const std::byte> file, const std::string& where) {
  return Parser(file, where).Parse();
}

std::string MakeFaissFlatHeader(Similarity similarity, int64_t dimensions, int64_t rows) {
  DPR_CHECK(dimensions >= 1 && dimensions <= kMostDimensions && rows >= 0);
  const bool l2 = similarity == Similarity::kL2;
  std::string header = l2 ? "IxF2" : "IxFI";
  Put(static_cast<int32_t>(dimensions), header);
  Put(rows, header);
  Put(kUnused, header);
  Put(kUnused, header);
  Put(uint8_t{1}, header);
  Put(l2 ? kSquaredL2 : kInnerProduct, header);
  Put(static_cast<uint64_t>(rows * dimensions), header);
  return header;
}

}  // namespace dpr
