// Vector files: their bytes, resuming after every kind of half-done work, damage.
#include "dpr/vectors/vector_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/vector_file_format.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDimensions = 5;

// [rows, kDimensions], each value its own.
Matrix Rows(int64_t begin, int64_t count) {
  Matrix rows(count, kDimensions);
  for (int64_t i = 0; i < count * kDimensions; ++i) {
    rows.row(0)[i] = static_cast<float>(begin * kDimensions + i) / 8;
  }
  return rows;
}

void WriteWhole(const Path& path, int64_t rows) {
  VectorFileWriter writer = VectorFileWriter::Create(path, kDimensions);
  writer.Append(Rows(0, rows).view());
  writer.Finish();
}

template <typename Body>
Error ErrorOf(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCode::kIo, ""};
}

class VectorFileTest : public ::testing::Test {
 protected:
  Path path() const { return folder_.path() / "vectors.f32"; }
  Error ErrorOfOpening(const std::string& content) {
    folder_.Write("vectors.f32", content);
    return ErrorOf([&] { VectorFile file(path()); });
  }
  testing::TemporaryFolder folder_;
};

TEST_F(VectorFileTest, GivesBackWhatWasAppended) {
  VectorFileWriter writer = VectorFileWriter::Create(path(), kDimensions);
  writer.Append(Rows(0, 3).view());
  writer.Sync();
  writer.Append(Rows(3, 0).view());
  writer.Append(Rows(3, 4).view());
  EXPECT_EQ(writer.rows(), 7);
  writer.Finish();

  const VectorFile file(path());
  EXPECT_EQ(file.rows(), 7);
  EXPECT_EQ(file.dimensions(), kDimensions);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.view().data) % 64, 0u);
  const Matrix expected = Rows(0, 7);
  EXPECT_EQ(std::memcmp(file.view().data, expected.row(0), 7 * kDimensions * sizeof(float)), 0);
  file.Verify();
  EXPECT_EQ(file.view().row(6)[4], expected.row(6)[4]);  // still readable
}

TEST_F(VectorFileTest, TakesStridedRows) {
  WriteWhole(path(), 4);
  const std::string expected = ReadFile(path());
  Matrix wide(4, kDimensions + 2);
  const Matrix rows = Rows(0, 4);
  for (int64_t i = 0; i < 4; ++i) std::copy_n(rows.row(i), kDimensions, wide.row(i));
  VectorFileWriter writer = VectorFileWriter::Create(path(), kDimensions);
  writer.Append(wide.view().columns_from(0, kDimensions));
  writer.Finish();
  EXPECT_EQ(ReadFile(path()), expected);
}

TEST_F(VectorFileTest, MayHoldNoRows) {
  WriteWhole(path(), 0);
  const VectorFile file(path());
  EXPECT_EQ(file.rows(), 0);
  EXPECT_EQ(file.view().columns, kDimensions);
  file.Verify();
}

// The bytes of docs/formats/vectors.md, one by one.
TEST_F(VectorFileTest, HasTheDocumentedBytes) {
  VectorFileWriter writer = VectorFileWriter::Create(path(), 1);
  const float value = 1.0f;
  writer.Append({&value, 1, 1});
  writer.Finish();
  const std::string fields(
      "DPRVECS\n"
      "\x01\0\0\0"
      "\x01\0\0\0"
      "\x01\0\0\0\0\0\0\0"
      "\x01\0\0\0\0\0\0\0",
      32);
  const std::string vectors("\0\0\x80\x3f", 4);
  EXPECT_EQ(ReadFile(path()), fields + HashHex(vectors + fields) + vectors);
}

// Version 1 must be readable as long as this program says that it reads version 1.
TEST_F(VectorFileTest, ReadsTheKeptFileOfVersion1) {
  const VectorFile file(testing::TestData() / "vectors" / "version1.vectors");
  file.Verify();
  EXPECT_EQ(file.rows(), 3);
  const Matrix expected = Rows(0, 3);
  EXPECT_EQ(std::memcmp(file.view().data, expected.row(0), 3 * kDimensions * sizeof(float)), 0);
}

// Whatever was written after the first `kept` rows, the bytes in the end are those of one go.
TEST_F(VectorFileTest, ResumeIsExactToTheByte) {
  WriteWhole(path(), 6);
  const std::string whole = ReadFile(path());
  std::string unfinished = whole;
  const VectorFileHeader header = UnfinishedVectorHeader(kDimensions);
  unfinished.replace(0, sizeof(header), reinterpret_cast<const char*>(&header), sizeof(header));
  for (const std::string& before :
       {whole, whole + "more", unfinished, unfinished.substr(0, unfinished.size() - 1),
        unfinished + std::string(333, 'x')}) {
    const auto complete = static_cast<int64_t>((before.size() - 64) / (kDimensions * 4));
    for (int64_t kept = 0; kept <= std::min<int64_t>(complete, 6); ++kept) {
      folder_.Write("vectors.f32", before);
      VectorFileWriter writer = VectorFileWriter::Resume(path(), kDimensions, kept);
      EXPECT_EQ(writer.rows(), kept);
      writer.Append(Rows(kept, 6 - kept).view());
      writer.Finish();
      ASSERT_EQ(ReadFile(path()), whole) << "kept " << kept << " of " << before.size() << " bytes";
    }
  }
}

TEST_F(VectorFileTest, ResumeWithNoRowsBeginsAnew) {
  VectorFileWriter::Resume(path(), kDimensions, 0).Finish();
  EXPECT_EQ(VectorFile(path()).rows(), 0);
  folder_.Write("vectors.f32", "half a head");
  VectorFileWriter::Resume(path(), kDimensions, 0).Finish();
  EXPECT_EQ(VectorFile(path()).rows(), 0);
}

TEST_F(VectorFileTest, ResumeRefusesWhatItCannotContinue) {
  const auto resume = [&](int64_t dimensions, int64_t rows) {
    return ErrorOf([&] { VectorFileWriter::Resume(path(), dimensions, rows); });
  };
  EXPECT_EQ(resume(kDimensions, 1).code(), ErrorCode::kNotFound);
  WriteWhole(path(), 3);
  const std::string whole = ReadFile(path());
  EXPECT_THAT(resume(kDimensions, 4).problem(), HasSubstr("holds 3 whole vectors, and 4"));
  EXPECT_EQ(resume(kDimensions + 1, 1).code(), ErrorCode::kMismatch);
  EXPECT_EQ(ReadFile(path()), whole);  // and has not touched it
  folder_.Write("vectors.f32", "short");
  EXPECT_EQ(resume(kDimensions, 1).code(), ErrorCode::kCorrupt);
}

TEST_F(VectorFileTest, OpeningRefusesOtherFiles) {
  WriteWhole(path(), 3);
  const std::string good = ReadFile(path());
  EXPECT_EQ(ErrorOfOpening("").code(), ErrorCode::kCorrupt);
  EXPECT_THAT(ErrorOfOpening(good.substr(0, 63)).problem(), HasSubstr("not a vector file"));
  EXPECT_THAT(ErrorOfOpening("X" + good.substr(1)).problem(), HasSubstr("not a vector file"));
  const auto with = [&](size_t at, uint8_t byte) {
    std::string changed = good;
    changed[at] = static_cast<char>(byte);
    return ErrorOfOpening(changed);
  };
  EXPECT_EQ(with(8, 2).code(), ErrorCode::kUnsupported);
  EXPECT_THAT(with(8, 2).problem(), HasSubstr("version 2"));
  EXPECT_THAT(with(8, 2).hint(), HasSubstr("Read it with the dpr that wrote it"));
  EXPECT_THAT(with(12, 2).problem(), HasSubstr("f16"));
  EXPECT_THAT(with(12, 9).problem(), HasSubstr("type 9"));
  EXPECT_THAT(with(16, 0).problem(), HasSubstr("0 dimensions"));
  EXPECT_THAT(with(23, 0x40).problem(), HasSubstr("dimensions"));
  EXPECT_THAT(with(24, 4).problem(), HasSubstr("4 vectors of 5 dimensions"));
  EXPECT_THAT(with(31, 0x80).problem(), HasSubstr("vectors of 5"));  // rows * bytes overflows
}

TEST_F(VectorFileTest, OpeningRefusesLengthsThatDoNotFit) {
  WriteWhole(path(), 3);
  const std::string good = ReadFile(path());
  for (const std::string& content : {good.substr(0, good.size() - 1), good.substr(0, 64),
                                     good + "x", good + std::string(20, 'x')}) {
    const Error error = ErrorOfOpening(content);
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_THAT(error.problem(), HasSubstr("3 vectors of 5 dimensions"));
  }
}

TEST_F(VectorFileTest, OpeningAnUnfinishedFileSaysSo) {
  VectorFileWriter writer = VectorFileWriter::Create(path(), kDimensions);
  writer.Append(Rows(0, 2).view());
  writer.Sync();
  const Error error = ErrorOf([&] { VectorFile file(path()); });
  EXPECT_THAT(error.problem(), HasSubstr("not finished"));
  EXPECT_THAT(error.hint(), HasSubstr("goes on where it stopped"));
}

TEST_F(VectorFileTest, EveryFlippedBitIsFound) {
  WriteWhole(path(), 3);
  const std::string good = ReadFile(path());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    folder_.Write("vectors.f32", damaged);
    const Error error = ErrorOf([&] { VectorFile(path()).Verify(); });
    ASSERT_THAT(error.where(), HasSubstr("vectors.f32")) << "bit " << bit;
  }
}

// Kills a process at each of its moments and goes on from what it had synced. The process is this
// test once more, run by EXPECT_EXIT; it finds the file's name in the environment.
TEST_F(VectorFileTest, AKillAtAnyMomentLosesNothing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  constexpr const char* kFileVariable = "DPR_TEST_KILLED_FILE";
  const bool is_child = std::getenv(kFileVariable) != nullptr;
  std::string whole;
  if (!is_child) {
    WriteWhole(path(), 6);
    whole = ReadFile(path());
    ::setenv(kFileVariable, path().c_str(), 1);
  }
  const std::pair<const char*, int64_t> kills[] = {
      {"vectors.append:1", 0}, {"vectors.append:2", 0}, {"vectors.append:3", 2},
      {"vectors.finish:1", 2}, {"vectors.finish:2", 2},
  };
  for (const auto& [moment, synced] : kills) {
    ::setenv("DPR_KILL_AT", moment, 1);
    EXPECT_EXIT(
        {
          const Path file = std::getenv(kFileVariable);
          VectorFileWriter writer = VectorFileWriter::Create(file, kDimensions);
          writer.Append(Rows(0, 2).view());
          writer.Sync();
          writer.Append(Rows(2, 4).view());
          writer.Finish();
        },
        ::testing::KilledBySignal(SIGKILL), "");
    ::unsetenv("DPR_KILL_AT");
    if (is_child) continue;
    VectorFileWriter writer = VectorFileWriter::Resume(path(), kDimensions, synced);
    writer.Append(Rows(synced, 6 - synced).view());
    writer.Finish();
    EXPECT_EQ(ReadFile(path()), whole) << moment;
  }
  if (!is_child) ::unsetenv(kFileVariable);
}

}  // namespace
}  // namespace dpr
