#include "dpr/vectors/ann_build.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "dpr/base/checksum.h"
#include "dpr/base/kill_point.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kReadBytes = size_t{4} << 20;
// The record last: with it, what is finished is known to be.
constexpr const char* kParts[] = {"centres", "lists", "json"};

bool Exists(const Path& path) {
  std::error_code code;
  return std::filesystem::exists(path, code);
}

}  // namespace

AnnBuild::AnnBuild(const Path& path, std::string identity)
    : path_(path), identity_(std::move(identity)) {}

std::string AnnBuild::state() const {
  if (!Exists(record())) return "{}";
  const Json json = Json::parse(ReadFile(record()), nullptr, false);
  const bool same = json.is_object() && json.value("identity", "") == identity_ &&
                    json.contains("state") && json["state"].is_object();
  return same ? json["state"].dump() : "{}";
}

bool AnnBuild::finished() const { return Exists(path_) && state() != "{}"; }

void AnnBuild::Keep(const std::string& state) const {
  const Json json = {{"identity", identity_}, {"state", Json::parse(state)}};
  WriteFileAtomically(record(), json.dump());
  KillPoint("ann.recorded");
}

void AnnBuild::BeginAnew() const {
  RemoveAll(path_);
  Forget(path_);
  RemoveAll(building());
}

void AnnBuild::Finish() const {
  const std::string checksum = AnnFileChecksum(MappedFile(building()));
  {
    File file = File::OpenForUpdating(building());
    file.WriteAt(kAnnChecksumAt, std::as_bytes(std::span(checksum)));
    file.Sync();
  }
  KillPoint("ann.sealed");
  RenameDurably(building(), path_);
  KillPoint("ann.renamed");
}

void AnnBuild::Forget(const Path& path) {
  for (const char* part : kParts) RemoveAll(AnnBuild(path, {}).part(part));
}

std::string AnnFileChecksum(const MappedFile& file) {
  const std::span<const std::byte> bytes = file.bytes();
  Hasher hasher;
  hasher.Add(bytes.first(kAnnChecksumAt));
  for (size_t at = kAnnHeaderBytes; at < bytes.size();) {
    const size_t next = std::min(bytes.size(), (at / kReadBytes + 1) * kReadBytes);
    hasher.Add(bytes.subspan(at, next - at));
    file.Release(at / kReadBytes * kReadBytes, kReadBytes);
    at = next;
  }
  return hasher.Hex();
}

}  // namespace dpr
