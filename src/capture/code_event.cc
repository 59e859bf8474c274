#include "capture/code_event.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "capture/variables.h"

namespace daybook::capture {
namespace {

std::optional<std::string_view> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

}  // namespace

CodeEvent::CodeEvent(CodeState code, const std::string& ledger_dir)
    : code_(std::move(code)), root_(as_utf8(code_.root)) {
    if (!code_.diff.empty()) {
        Result<StoredDiff> stored = store_diff(ledger_dir, code_.diff);
        if (stored) {
            diff_ = *std::move(stored);
        } else {
            code_.incomplete.emplace_back("git_diff");
            code_.reason += fmt::format("{}diff: {}", code_.reason.empty() ? "" : "; ",
                                        as_utf8(stored.error().message()));
        }
    }
    untracked_.assign(code_.untracked.begin(), code_.untracked.end());
    submodules_.assign(code_.submodules.begin(), code_.submodules.end());
    incomplete_.assign(code_.incomplete.begin(), code_.incomplete.end());
}

event::RunEnvironment CodeEvent::payload(const Fields& packages) const {
    event::RunEnvironment event{.version_control = code_.in_repository ? "git" : "none",
                                .git_commit = unless_empty(code_.commit),
                                .git_branch = unless_empty(code_.branch),
                                .git_dirty = code_.dirty,
                                .git_diff_sha256 = unless_empty(diff_.sha256),
                                .git_root = unless_empty(root_),
                                .git_remote = unless_empty(code_.remote),
                                .git_diff_path = unless_empty(diff_.path),
                                .git_untracked = untracked_,
                                .git_submodules = submodules_,
                                .incomplete = incomplete_,
                                .incomplete_reason = unless_empty(code_.reason)};
    if (code_.untracked_count > code_.untracked.size()) {
        event.git_untracked_count = static_cast<std::int64_t>(code_.untracked_count);
    }
    if (!packages.empty()) event.packages = packages;
    return event;
}

}  // namespace daybook::capture
