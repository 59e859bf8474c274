#include "support/tape.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "os/error.h"

namespace daybook::testing {

Result<Tape> Tape::make() {
    // Only the pages that are used take memory.
    void* const memory = ::mmap(nullptr, sizeof(Shared) + kDataBytesMax, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return fail(os::errno_error(errno, "map", "the tape"));
    return Tape(static_cast<Shared*>(memory));
}

Tape::Tape(Tape&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}

Tape& Tape::operator=(Tape&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
}

Tape::~Tape() {
    if (shared_ != nullptr) ::munmap(shared_, sizeof(Shared) + kDataBytesMax);
}

bool Tape::record_write(std::uint64_t offset, std::string_view bytes) {
    if (shared_->data_bytes + bytes.size() > kDataBytesMax) return false;
    const TapeOp op{.kind = TapeOp::Kind::kWrite,
                    .offset = offset,
                    .length = bytes.size(),
                    .data = shared_->data_bytes};
    std::memcpy(data() + op.data, bytes.data(), bytes.size());
    shared_->data_bytes += bytes.size();
    return record(op);
}

bool Tape::record_flush() { return record({.kind = TapeOp::Kind::kFlush}); }

bool Tape::record(const TapeOp& op) {
    const std::uint32_t at = shared_->size.load(std::memory_order_relaxed);
    if (at == kOpsMax) return false;
    shared_->ops[at] = op;
    shared_->size.store(at + 1, std::memory_order_release);
    return true;
}

}  // namespace daybook::testing
