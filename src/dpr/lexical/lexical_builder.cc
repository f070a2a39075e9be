#include "dpr/lexical/lexical_builder.h"

#include <exception>
#include <thread>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/lexical/analyzer.h"
#include "dpr/lexical/database.h"
#include "dpr/lexical/xapian_errors.h"

namespace dpr {
namespace {

// No list of each passage's terms: nothing asks for it, and it is half of the file and of the work.
// A killed build begins anew, so it needs no care for crashes; Finish() syncs.
constexpr int kBuildFlags = Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_TERMLIST |
                            Xapian::DB_NO_SYNC | Xapian::DB_DANGEROUS;

constexpr size_t kBatchPassages = 256, kQueuedBatches = 4;

using Batch = std::vector<std::vector<TermCount>>;

}  // namespace

// Xapian's side: a thread that turns counted terms into the database.
class LexicalBuilder::Writer {
 public:
  Writer(const Path& file, const AnalyzerSettings& settings)
      : file_(file),
        folder_(file.string() + ".building"),
        settings_(settings),
        analyzer_(settings) {
    RemoveAll(folder_);
    WithXapian(folder_,
               [&] { database_ = Xapian::WritableDatabase(folder_.string(), kBuildFlags); });
    thread_ = std::jthread([this] { Run(); });
  }

  ~Writer() {
    queue_.Close();
    if (thread_.joinable()) thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void Add(std::string_view title, std::string_view text) {
    joined_.assign(title);
    joined_ += '\n';
    joined_ += text;
    batch_.push_back(analyzer_.CountTerms(joined_));
    if (batch_.size() == kBatchPassages) Send();
  }

  void Finish() {
    if (!batch_.empty()) Send();
    queue_.Close();
    thread_.join();
    if (error_) std::rethrow_exception(error_);
    const Path packed = file_.string() + ".tmp";
    WithXapian(file_, [&] {
      database_.set_metadata(kSettingsKey, SettingsText(settings_));
      database_.commit();
      database_.close();
      RemoveAll(packed);
      Xapian::Database(folder_.string())
          .compact(packed.string(), Xapian::DBCOMPACT_SINGLE_FILE | Xapian::DBCOMPACT_NO_RENUMBER);
    });
    File::OpenForUpdating(packed).Sync();
    RenameDurably(packed, file_);
  }

 private:
  void Send() {
    if (!queue_.Push(std::exchange(batch_, {}))) {
      if (thread_.joinable()) thread_.join();
      if (error_) std::rethrow_exception(error_);
    }
  }

  void Run() noexcept {
    try {
      WithXapian(folder_, [&] {
        while (const auto batch = queue_.Pop()) {
          for (const std::vector<TermCount>& passage : *batch) Write(passage);
        }
      });
    } catch (...) {
      error_ = std::current_exception();
      queue_.Close();
    }
  }

  void Write(const std::vector<TermCount>& passage) {
    Xapian::Document document;
    for (const TermCount& t : passage) {
      document.add_term(t.term, static_cast<Xapian::termcount>(t.count));
    }
    database_.add_document(document);
  }

  Path file_, folder_;
  AnalyzerSettings settings_;
  Analyzer analyzer_;
  std::string joined_;
  Batch batch_;
  BoundedQueue<Batch> queue_{kQueuedBatches};
  std::exception_ptr error_;
  Xapian::WritableDatabase database_;
  std::jthread thread_;
};

LexicalBuilder::LexicalBuilder(const Path& file, const AnalyzerSettings& settings)
    : writer_(std::make_unique<Writer>(file, settings)) {}
LexicalBuilder::LexicalBuilder(LexicalBuilder&&) noexcept = default;
LexicalBuilder& LexicalBuilder::operator=(LexicalBuilder&&) noexcept = default;
LexicalBuilder::~LexicalBuilder() = default;

void LexicalBuilder::Add(std::string_view title, std::string_view text) {
  writer_->Add(title, text);
}
void LexicalBuilder::Finish() { writer_->Finish(); }

void CheckAnalyzerSettings(const AnalyzerSettings& settings) { const Analyzer known(settings); }

bool HasLexical() { return true; }

std::optional<AnalyzerSettings> LexicalSettingsOf(const Path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return std::nullopt;
  return LexicalDatabase(File::OpenForReading(file)).settings;
}

}  // namespace dpr
