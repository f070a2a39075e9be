// Streams and lines: what is compressed reads like what is not, damage is an Error, and lines are
// the same whatever the sizes in which their bytes arrive.
#include "dpr/base/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "dpr/base/test_environment.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Gives at most `step` bytes at a time, as a pipe may.
class SlowStream : public ByteStream {
 public:
  SlowStream(std::string_view bytes, size_t step)
      : inner_(StreamOf(bytes, "slow.txt")), step_(step) {}
  size_t Read(std::span<char> into) override {
    return inner_->Read(into.first(std::min(step_, into.size())));
  }
  const std::string& name() const override { return inner_->name(); }

 private:
  std::unique_ptr<ByteStream> inner_;
  size_t step_;
};

std::string ReadAll(ByteStream& stream) {
  std::string all;
  char buffer[1000];
  while (const size_t got = stream.Read(buffer)) all.append(buffer, got);
  return all;
}

std::vector<std::string> Lines(std::unique_ptr<ByteStream> stream) {
  LineReader reader(std::move(stream));
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.Next(line)) lines.emplace_back(line);
  return lines;
}

std::string Compressed(int filter, std::string_view bytes) {
  std::string out(bytes.size() + (1 << 20), '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_raw(writer);
  archive_write_add_filter(writer, filter);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

// Text that does not compress away, so that damage hits data.
std::string LongText(size_t lines) {
  std::string text;
  uint32_t state = 1;
  for (size_t i = 0; i < lines; ++i) {
    state = state * 1664525 + 1013904223;
    text += std::to_string(i) + " " + std::to_string(state) + "\n";
  }
  return text;
}

struct Filter {
  int code;
  const char* ending;
};
constexpr Filter kFilters[] = {
    {ARCHIVE_FILTER_GZIP, "gz"}, {ARCHIVE_FILTER_XZ, "xz"}, {ARCHIVE_FILTER_ZSTD, "zst"}};

TEST(OpenStream, CompressedFilesReadLikePlainOnes) {
  const testing::TemporaryFolder folder;
  const std::string text = LongText(50000);
  EXPECT_EQ(ReadAll(*OpenStream(folder.Write("plain", text))), text);
  for (const Filter& filter : kFilters) {
    const Path path = folder.Write(filter.ending, Compressed(filter.code, text));
    EXPECT_EQ(ReadAll(*OpenStream(path)), text) << filter.ending;
  }
}

TEST(OpenStream, ReadsCompressedMembersOneAfterAnother) {
  const testing::TemporaryFolder folder;
  for (const Filter& filter : kFilters) {
    const Path path = folder.Write(
        filter.ending, Compressed(filter.code, "one\n") + Compressed(filter.code, "two\n"));
    EXPECT_EQ(ReadAll(*OpenStream(path)), "one\ntwo\n") << filter.ending;
  }
}

TEST(OpenStream, EmptyContentIsEmptyNotAnError) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(ReadAll(*OpenStream(folder.Write("plain", ""))), "");
  for (const Filter& filter : kFilters) {
    const Path path = folder.Write(filter.ending, Compressed(filter.code, ""));
    EXPECT_EQ(ReadAll(*OpenStream(path)), "") << filter.ending;
  }
}

TEST(OpenStream, NothingFollowsTheEnd) {
  const testing::TemporaryFolder folder;
  const auto stream = OpenStream(folder.Write("a", "abc"));
  EXPECT_EQ(ReadAll(*stream), "abc");
  char byte;
  EXPECT_EQ(stream->Read({&byte, 1}), 0u);
  EXPECT_EQ(stream->Read({&byte, 1}), 0u);
}

TEST(OpenStream, AFlippedBitInACompressedFileIsFound) {
  const testing::TemporaryFolder folder;
  const std::string text = LongText(3000);
  for (const Filter& filter : kFilters) {
    if (filter.code == ARCHIVE_FILTER_ZSTD) continue;  // libarchive writes zst without a checksum
    const std::string whole = Compressed(filter.code, text);
    // Past the header, whose fields (a time, a name) may change without harm to the text.
    for (size_t byte = 20; byte < whole.size(); byte += 7) {
      std::string damaged = whole;
      damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << byte % 8));
      std::string read;
      try {
        read = ReadAll(*OpenStream(folder.Write("damaged", damaged)));
      } catch (const Error&) {
        continue;
      }
      EXPECT_TRUE(read == text) << filter.ending << ", byte " << byte;
    }
  }
}

TEST(OpenStream, TextAfterAGzipMemberIsNotDropped) {
  const testing::TemporaryFolder folder;
  const Path path =
      folder.Write("a.gz", Compressed(ARCHIVE_FILTER_GZIP, "one\n") + "a plain line\n");
  EXPECT_THROW(ReadAll(*OpenStream(path)), Error);
}

TEST(OpenStream, ACompressedFileCutShortIsAnErrorThatNamesIt) {
  const testing::TemporaryFolder folder;
  for (const Filter& filter : kFilters) {
    std::string bytes = Compressed(filter.code, LongText(50000));
    bytes.resize(bytes.size() / 2);
    const Path path = folder.Write(std::string("cut.") + filter.ending, bytes);
    try {
      ReadAll(*OpenStream(path));
      FAIL() << filter.ending << " cut short was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid) << error.what();
      EXPECT_EQ(error.where(), path.string());
      EXPECT_THAT(error.what(), HasSubstr("cut short"));
    }
  }
}

TEST(OpenStream, DamageInsideXzIsAnError) {
  const testing::TemporaryFolder folder;
  std::string bytes = Compressed(ARCHIVE_FILTER_XZ, LongText(50000));
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_THROW(ReadAll(*OpenStream(folder.Write("a.xz", bytes))), Error);
}

TEST(OpenStream, TextThatLooksLikeAnotherArchiveIsText) {
  const testing::TemporaryFolder folder;
  for (const std::string text :
       {"begin 644 name\n#0V%T\n`\nend\n", "begin-base64 644 name\nQ2F0\n====\n", "\x1f\x9d", "BZh",
        "PK\x03\x04 is how a zip file begins\n", "!<arch>\n", "\xed\xab\xee\xdb rpm"}) {
    EXPECT_EQ(ReadAll(*OpenStream(folder.Write("a.txt", text))), text);
  }
}

TEST(OpenStream, AMissingFileAndAFolderAreErrors) {
  const testing::TemporaryFolder folder;
  try {
    OpenStream(folder.path() / "missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
  EXPECT_THROW(OpenStream(folder.path()), Error);
}

// The writer of a named pipe must see one reader, from open to close.
TEST(OpenStream, ReadsANamedPipe) {
  const testing::TemporaryFolder folder;
  const Path path = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string text = LongText(20000);
  std::thread writer([&] {
    std::ofstream out(path, std::ios::binary);
    out << text;
  });
  EXPECT_EQ(ReadAll(*OpenStream(path)), text);
  writer.join();
}

TEST(PeekBeginning, LeavesTheStreamAsItWas) {
  const std::string text = LongText(100);
  for (const size_t count : {size_t{0}, size_t{1}, size_t{10}, text.size(), text.size() + 5}) {
    std::unique_ptr<ByteStream> stream = std::make_unique<SlowStream>(text, 3);
    EXPECT_EQ(PeekBeginning(stream, count), text.substr(0, count));
    EXPECT_EQ(PeekBeginning(stream, count), text.substr(0, count)) << "a second time";
    EXPECT_EQ(stream->name(), "slow.txt");
    EXPECT_EQ(ReadAll(*stream), text);
  }
}

TEST(LineReader, EndsLinesAtNewlineAndDropsACarriageReturn) {
  EXPECT_THAT(Lines(StreamOf("a\r\nb\n\nc\rd\ne", "x")), ElementsAre("a", "b", "", "c\rd", "e"));
  EXPECT_THAT(Lines(StreamOf("", "x")), ElementsAre());
  EXPECT_THAT(Lines(StreamOf("\n", "x")), ElementsAre(""));
  EXPECT_THAT(Lines(StreamOf("\r", "x")), ElementsAre(""));
  EXPECT_THAT(Lines(StreamOf(std::string_view("a\0b\n", 4), "x")),
              ElementsAre(std::string("a\0b", 3)));
}

TEST(LineReader, DropsAByteOrderMarkAtTheBeginningOnly) {
  for (const size_t step : {1u, 2u, 3u, 100u}) {
    EXPECT_THAT(Lines(std::make_unique<SlowStream>("\xef\xbb\xbfid\n\xef\xbb\xbfx", step)),
                ElementsAre("id", "\xef\xbb\xbfx"));
    EXPECT_THAT(Lines(std::make_unique<SlowStream>("\xef\xbb\xbf", step)), ElementsAre());
    EXPECT_THAT(Lines(std::make_unique<SlowStream>("\xef\xbb\n", step)), ElementsAre("\xef\xbb"));
  }
}

TEST(LineReader, LinesDoNotDependOnHowTheBytesArrive) {
  std::string text;
  std::vector<std::string> expected;
  for (size_t i = 0; i < 300; ++i) {
    expected.emplace_back(i * 7 % 90, static_cast<char>('a' + i % 26));
    text += expected.back() + (i % 3 == 0 ? "\r\n" : "\n");
  }
  for (const size_t step : {1u, 2u, 3u, 7u, 64u, 1000u, 100000u}) {
    EXPECT_EQ(Lines(std::make_unique<SlowStream>(text, step)), expected) << step;
  }
}

TEST(LineReader, NextWithEndKeepsWhatEndsTheLine) {
  LineReader reader(StreamOf("a\r\nb\nc", "x"));
  std::vector<std::string> lines;
  std::string_view line;
  while (reader.NextWithEnd(line)) lines.emplace_back(line);
  EXPECT_THAT(lines, ElementsAre("a\r\n", "b\n", "c"));
  EXPECT_FALSE(reader.NextWithEnd(line));
}

TEST(LineReader, SaysWhichLineItReturnedLast) {
  LineReader reader(StreamOf("a\n\nb", "x.tsv"));
  std::string_view line;
  EXPECT_EQ(reader.line_number(), 0u);
  reader.Next(line);
  EXPECT_EQ(reader.where(), "x.tsv, line 1");
  reader.Next(line);
  reader.Next(line);
  EXPECT_EQ(line, "b");
  EXPECT_EQ(reader.where(), "x.tsv, line 3");
}

TEST(LineReader, ALineOfTheGreatestLengthIsReadAndALongerOneIsNot) {
  for (const size_t step : {1u, 5u, 1000u}) {
    LineReader reader(std::make_unique<SlowStream>("12345678\n123456789\nok\nx", step), 9);
    std::string_view line;
    ASSERT_TRUE(reader.Next(line));
    EXPECT_EQ(line, "12345678");
    try {
      reader.Next(line);
      FAIL() << "a line of 10 bytes was read";
    } catch (const BadRecord& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalid);
      EXPECT_EQ(error.where(), "slow.txt, line 2");
    }
    ASSERT_TRUE(reader.Next(line)) << "the line behind the long one";
    EXPECT_EQ(line, "ok");
    EXPECT_EQ(reader.line_number(), 3u);
    ASSERT_TRUE(reader.Next(line));
    EXPECT_FALSE(reader.Next(line));
  }
}

TEST(LineReader, ALongLastLineIsAnErrorThenTheEnd) {
  const std::string text = "a\n" + std::string(5000, 'b');
  LineReader reader(std::make_unique<SlowStream>(text, 13), 100);
  std::string_view line;
  ASSERT_TRUE(reader.Next(line));
  EXPECT_THROW(reader.Next(line), BadRecord);
  EXPECT_FALSE(reader.Next(line));
  EXPECT_FALSE(reader.Next(line));
}

}  // namespace
}  // namespace dpr
