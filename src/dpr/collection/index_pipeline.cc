#include "dpr/collection/index_pipeline.h"

#include <exception>
#include <thread>
#include <utility>

#include "dpr/base/kill_point.h"
#include "dpr/base/threads.h"

namespace dpr {
namespace {

constexpr size_t kQueuedBlocks = 2;

void Read(BlockReader& reader, BoundedQueue<PassageBlock>& out) noexcept {
  try {
    PassageBlock block;
    while (reader.Next(block)) {
      if (!out.Push(std::move(block))) return;
    }
    out.Close();
  } catch (...) {
    out.Fail(std::current_exception());
  }
}

void Encode(const PassageEncoder* encoder, BoundedQueue<PassageBlock>& in,
            BoundedQueue<EncodedBlock>& out) {
  while (auto block = in.Pop()) {
    EncodedBlock encoded;
    if (encoder != nullptr && !block->passages.empty()) {
      encoded.vectors =
          Matrix(static_cast<int64_t>(block->passages.size()), encoder->record().dimensions);
      encoded.counts = encoder->Encode(block->passages, encoded.vectors.view());
    }
    KillPoint("block.encoded");
    encoded.block = std::move(*block);
    if (!out.Push(std::move(encoded))) return;
  }
}

}  // namespace

void RunIndexPipeline(BlockReader& reader, const PassageEncoder* encoder,
                      const std::function<void(EncodedBlock&)>& write) {
  BoundedQueue<PassageBlock> read(kQueuedBlocks);
  BoundedQueue<EncodedBlock> encoded(kQueuedBlocks);
  std::exception_ptr encode_error, write_error;
  {
    const std::jthread read_thread([&] { Read(reader, read); });
    const std::jthread write_thread([&] {
      try {
        while (auto block = encoded.Pop()) write(*block);
      } catch (...) {
        write_error = std::current_exception();
        encoded.Close();
      }
    });
    try {
      Encode(encoder, read, encoded);
    } catch (...) {
      encode_error = std::current_exception();
    }
    read.Close();
    encoded.Close();
  }
  if (write_error) std::rethrow_exception(write_error);
  if (encode_error) std::rethrow_exception(encode_error);
}

}  // namespace dpr
