#include "dpr/vectors/npy_header.h"

#include <limits>
#include <optional>
#include <vector>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kShortestFile = 12;  // up to the header's length
constexpr size_t kLongestHeader = 1 << 16;
constexpr size_t kMostAxes = 32;
const char* const kSaveAgain =
    "Save it with numpy.save(PATH, numpy.ascontiguousarray(x, dtype='<f4')), x a matrix of "
    "[vectors, dimensions]";

struct Described {
  std::string type;  // "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// A parser of the one kind of dict that a header may hold: a string, a truth value and a tuple of
// numbers, under their keys in any order.
class DictParser {
 public:
  DictParser(std::string_view text, size_t offset, const std::string& where)
      : text_(text), offset_(offset), where_(where) {}

  Described Parse() {
    Described found;
    bool type = false, order = false, shape = false;
    Expect('{');
    while (!TryTake('}')) {
      const std::string key = String();
      Expect(':');
      if (key == "descr" && !type) {
        found.type = Type();
        type = true;
      } else if (key == "fortran_order" && !order) {
        found.fortran_order = Truth();
        order = true;
      } else if (key == "shape" && !shape) {
        found.shape = Tuple();
        shape = true;
      } else {
        Fail("the key `" + key + "` has no place in it, or is there twice");
      }
      if (!TryTake(',') && Peek() != '}') Fail("a comma or a closing brace is missing");
    }
    if (!type || !order || !shape) Fail("descr, fortran_order or shape is missing");
    Peek();
    if (at_ != text_.size()) Fail("something follows the dict");
    return found;
  }

 private:
  [[noreturn]] void Fail(const std::string& problem) const {
    throw Error(ErrorCode::kInvalid, "the .npy header cannot be read: " + problem,
                where_ + ", byte " + std::to_string(offset_ + at_), kSaveAgain);
  }

  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }
  // Skips blanks; the character there, 0 at the end.
  char Peek() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool TryTake(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void Expect(char c) {
    if (!TryTake(c)) Fail(std::string("`") + c + "` is missing");
  }

  std::string String() {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') Fail("a quoted string is missing");
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) Fail("a string does not end");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    for (const char c : inside) {
      if (c < ' ' || c > '~' || c == '\\') Fail("a string holds what it may not");
    }
    at_ = end + 1;
    return std::string(inside);
  }

  std::string Type() {
    if (Peek() == '[' || Peek() == '(') {
      throw Error(ErrorCode::kUnsupported, "the .npy file holds records, not numbers", where_,
                  kSaveAgain);
    }
    return String();
  }

  bool Truth() {
    Peek();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    Fail("fortran_order is neither True nor False");
  }

  std::vector<int64_t> Tuple() {
    std::vector<int64_t> numbers;
    Expect('(');
    while (!TryTake(')')) {
      numbers.push_back(Number());
      if (numbers.size() > kMostAxes) Fail("the shape has too many axes");
      if (!TryTake(',') && Peek() != ')') Fail("a comma or a closing parenthesis is missing");
    }
    return numbers;
  }

  int64_t Number() {
    if (Peek() < '0' || Peek() > '9') Fail("the shape holds something that is no number");
    int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const int64_t digit = text_[at_] - '0';
      if (value > (std::numeric_limits<int64_t>::max() - digit) / 10) Fail("a number is too large");
      value = 10 * value + digit;
    }
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote it
    return value;
  }

  std::string_view text_;
  size_t offset_;  // of text_ in the file
  const std::string& where_;
  size_t at_ = 0;
};

size_t ByteAt(std::string_view file, size_t i) { return static_cast<unsigned char>(file[i]); }

std::string_view DictText(std::string_view file, const std::string& where) {
  if (file.starts_with("PK\x03\x04")) {
    throw Error(ErrorCode::kUnsupported, "this is a .npz archive, not a .npy file", where,
                kSaveAgain);
  }
  if (!file.starts_with(kMagic) || file.size() < kShortestFile) {
    throw Error(ErrorCode::kInvalid, "this is not a .npy file", where, kSaveAgain);
  }
  const size_t version = ByteAt(file, 6);
  if (version < 1 || version > 3 || ByteAt(file, 7) != 0) {
    throw Error(ErrorCode::kUnsupported,
                "the .npy version " + std::to_string(version) + "." +
                    std::to_string(ByteAt(file, 7)) + " is not known",
                where, "Versions 1.0, 2.0 and 3.0 are. " + std::string(kSaveAgain));
  }
  const size_t begin = version == 1 ? 10 : 12;
  size_t length = ByteAt(file, 8) | ByteAt(file, 9) << 8;
  if (version > 1) length |= ByteAt(file, 10) << 16 | ByteAt(file, 11) << 24;
  if (length > kLongestHeader || begin + length > file.size()) {
    throw Error(ErrorCode::kInvalid,
                "the .npy header is said to have " + std::to_string(length) +
                    " bytes: it is cut short, or longer than a matrix needs",
                where, kSaveAgain);
  }
  return file.substr(begin, length);
}

// What `type` is called, when it is not what can be read.
std::optional<std::string> ForeignType(const std::string& type) {
  if (type == "<f4") return std::nullopt;
  if (type == ">f4") return "big-endian float32";
  if (type.ends_with("f2")) return "float16";
  if (type.ends_with("f8")) return "float64";
  if (type.ends_with("O")) return "pickled Python objects";
  return "elements of type `" + type + "`";
}

void RequireFloatMatrix(const Described& array, const std::string& where) {
  std::string problem;
  if (const auto foreign = ForeignType(array.type)) {
    problem = "the .npy file holds " + *foreign + ", and little-endian float32 is needed";
  } else if (array.shape.size() != 2) {
    problem = "the array has " + std::to_string(array.shape.size()) +
              " axes, and a matrix of [vectors, dimensions] has 2";
  } else if (array.fortran_order) {
    problem = "the matrix is stored by columns (Fortran order), and C order is needed";
  } else if (array.shape[1] == 0) {
    problem = "the vectors have no dimensions";
  } else {
    return;
  }
  throw Error(ErrorCode::kUnsupported, problem, where, kSaveAgain);
}

}  // namespace

NpyHeader ParseNpyHeader(std::string_view file, const std::string& where) {
  const std::string_view text = DictText(file, where);
  const auto begin = static_cast<size_t>(text.data() - file.data());
  const Described array = DictParser(text, begin, where).Parse();
  RequireFloatMatrix(array, where);
  const NpyHeader header{array.shape[0], array.shape[1], begin + text.size()};
  // Divided, not multiplied: a hostile shape must not overflow.
  const size_t floats = (file.size() - header.data_offset) / sizeof(float);
  const auto columns = static_cast<size_t>(header.columns);
  if ((file.size() - header.data_offset) % sizeof(float) != 0 || floats % columns != 0 ||
      floats / columns != static_cast<size_t>(header.rows)) {
    throw Error(ErrorCode::kInvalid,
                "the header says " + std::to_string(header.rows) + " x " +
                    std::to_string(header.columns) + " floats, but " +
                    std::to_string(file.size() - header.data_offset) + " bytes follow it",
                where, "The file was cut short, or something was appended: save it again");
  }
  if (header.data_offset % sizeof(float) != 0) {
    throw Error(ErrorCode::kUnsupported, "the array does not begin at a multiple of 4 bytes", where,
                kSaveAgain);
  }
  return header;
}

std::string MakeNpyHeader(int64_t rows, int64_t columns) {
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(kNpyHeaderBytes - 10), '\x00'};
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
            std::to_string(columns) + "), }";
  DPR_CHECK(header.size() < kNpyHeaderBytes);
  header.resize(kNpyHeaderBytes - 1, ' ');
  return header + '\n';
}

}  // namespace dpr
