#include "dpr/base/gzip_stream.h"

#include <zlib.h>

#include <vector>

#include "dpr/base/error.h"

namespace dpr {
namespace {

constexpr size_t kBlock = size_t{1} << 18;
constexpr int kGzipWindow = 15 + 16;  // zlib: the largest window, gzip's header and trailer

class InflateStream : public ByteStream {
 public:
  explicit InflateStream(std::unique_ptr<ByteStream> compressed)
      : compressed_(std::move(compressed)), block_(kBlock) {
    if (::inflateInit2(&inflate_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~InflateStream() override { ::inflateEnd(&inflate_); }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  size_t Read(std::span<char> into) override {
    inflate_.next_out = reinterpret_cast<Bytef*>(into.data());
    inflate_.avail_out = static_cast<uInt>(std::min(into.size(), kBlock));
    const uInt wanted = inflate_.avail_out;
    while (inflate_.avail_out == wanted && Refill()) Inflate();
    return wanted - inflate_.avail_out;
  }

  const std::string& name() const override { return compressed_->name(); }

 private:
  // More compressed bytes, if none are left. False at the end of the last member.
  bool Refill() {
    if (inflate_.avail_in > 0) return true;
    const size_t got = compressed_->Read(block_);
    if (got == 0 && in_member_) Fail("the file ends within a compressed member");
    inflate_.next_in = reinterpret_cast<Bytef*>(block_.data());
    inflate_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  void Inflate() {
    in_member_ = true;
    const int result = ::inflate(&inflate_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      in_member_ = false;
      ::inflateReset(&inflate_);
    } else if (result != Z_OK) {
      Fail(inflate_.msg != nullptr ? inflate_.msg : "damaged");
    }
  }

  [[noreturn]] void Fail(const std::string& reason) const {
    throw Error(ErrorCode::kInvalid, "cannot decompress: " + reason, name(),
                "The file is damaged or cut short: fetch it again, and test it with gzip -t");
  }

  std::unique_ptr<ByteStream> compressed_;
  std::vector<char> block_;
  z_stream inflate_{};
  bool in_member_ = false;
};

}  // namespace

bool IsGzip(std::string_view beginning) { return beginning.starts_with("\x1f\x8b\x08"); }

std::unique_ptr<ByteStream> GunzipStream(std::unique_ptr<ByteStream> compressed) {
  return std::make_unique<InflateStream>(std::move(compressed));
}

}  // namespace dpr
