#include "log/writer.h"

#include <utility>

#include "log/fork_guard.h"
#include "log/reserve.h"
#include "log/writer_state.h"
#include "os/file.h"
#include "os/filesystem.h"

namespace daybook::log {

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
      state_(std::make_unique<State>(layout, options)) {}

Writer::~Writer() = default;

Writer::State& Writer::state() const {
    return state_.get([this] { return std::make_unique<State>(layout_, options_); });
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
