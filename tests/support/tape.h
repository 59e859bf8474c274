// What a block device was asked to do, in order: writes with their bytes, and flushes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace daybook::testing {

// An operation that the device has completed.
struct TapeOp {
    enum class Kind : std::uint32_t { kWrite, kFlush };
    Kind kind = Kind::kFlush;
    std::uint64_t offset = 0;  // on the device; kWrite only
    std::uint64_t length = 0;
    std::uint64_t data = 0;  // where its bytes lie on the tape
};

// Lies in memory that forked processes share: one of them records, all may read at any time.
class Tape {
public:
    static Result<Tape> make();

    Tape(Tape&& other) noexcept;
    Tape& operator=(Tape&& other) noexcept;
    ~Tape();

    // False: the tape is full.  For one process, the device's.
    bool record_write(std::uint64_t offset, std::string_view bytes);
    bool record_flush();

    // The operations so far.  Whoever has seen something acknowledged asks afterwards: what the
    // acknowledgement stands on is among the first size() operations.
    std::uint32_t size() const { return shared_->size.load(std::memory_order_acquire); }
    // `index` < size().
    const TapeOp& op(std::uint32_t index) const { return shared_->ops[index]; }
    std::string_view bytes(const TapeOp& op) const { return {data() + op.data, op.length}; }

private:
    static constexpr std::uint32_t kOpsMax = 1 << 17;
    static constexpr std::uint64_t kDataBytesMax = std::uint64_t{1} << 30;

    struct Shared {
        std::atomic<std::uint32_t> size;
        std::uint64_t data_bytes;
        TapeOp ops[kOpsMax];
    };

    explicit Tape(Shared* shared) : shared_(shared) {}
    char* data() const { return reinterpret_cast<char*>(shared_ + 1); }
    bool record(const TapeOp& op);

    Shared* shared_ = nullptr;
};

}  // namespace daybook::testing
