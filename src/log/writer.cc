#include "log/writer.h"

#include <thread>
#include <utility>

#include "log/fork_guard.h"
#include "log/reserve.h"
#include "log/writer_state.h"
#include "os/file.h"
#include "os/filesystem.h"

namespace daybook::log {
namespace {

// In place of a generation while one thread of a forked child makes the new state.  It names the
// generation that it belongs to: a child forked in that moment has no such thread, and must not
// wait for it.
constexpr std::uint64_t beginning(std::uint64_t generation) {
    return generation | (std::uint64_t{1} << 63);
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(const Layout& layout, const WriterOptions& options) {
    watch_forks();
    RETURN_IF_ERROR(os::make_dirs(layout.events_dir()));
    ASSIGN_OR_RETURN(os::FilesystemTraits traits, os::filesystem_traits(layout.events_dir()));
    if (traits.network) {
        return fail(ErrorCode::kUnsupported,
                    "write to {}: {} is a network file system, whose locks cannot be trusted; "
                    "keep the ledger on a local disk",
                    layout.root(), traits.type);
    }
    // Without it everything works but last words on a full disk.
    (void)make_reserve(layout);
    return std::unique_ptr<Writer>(new Writer(layout, options, std::move(traits.not_durable)));
}

Writer::Writer(const Layout& layout, const WriterOptions& options, std::string power_problem)
    : layout_(layout),
      options_(options),
      power_problem_(std::move(power_problem)),
      state_(new State(layout, options)),
      generation_(fork_generation()) {}

Writer::~Writer() {
    // In a child that never used the writer, the state is the parent's: nothing of it is ours to
    // end.
    if (generation_.load() == fork_generation()) delete state_;
}

Writer::State& Writer::state() const {
    const std::uint64_t current = fork_generation();
    std::uint64_t seen = generation_.load(std::memory_order_acquire);
    while (seen != current) {
        if (seen == beginning(current)) {
            std::this_thread::yield();
        } else if (generation_.compare_exchange_strong(seen, beginning(current))) {
            // The parent's state is left as it is: its mutex may be locked by a thread that does
            // not exist here, and its thread object stands for one.
            state_ = new State(layout_, options_);
            generation_.store(current, std::memory_order_release);
        }
        seen = generation_.load(std::memory_order_acquire);
    }
    return *state_;
}

AppendOutcome Writer::append(std::span<const Draft> drafts, Durability durability,
                             Stamper& stamper) {
    return state().append(drafts, durability, stamper);
}

Status Writer::flush() { return state().flush(); }

Status Writer::sync() { return state().sync(); }

void Writer::maintain() { state().maintain(); }

WriterStats Writer::stats() const { return state().stats(); }

}  // namespace daybook::log
