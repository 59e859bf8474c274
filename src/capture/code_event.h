// The state of the code as an event.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "capture/code_state.h"
#include "capture/diff_store.h"
#include "daybook/value.h"
#include "event/events.h"

namespace daybook::capture {

// A run.environment.  Keeps the diff of `code` in the ledger's directory first; that it could not
// is told in `incomplete`.  What it hands out borrows from it.
class CodeEvent {
public:
    CodeEvent(CodeState code, const std::string& ledger_dir);
    CodeEvent(const CodeEvent&) = delete;
    CodeEvent& operator=(const CodeEvent&) = delete;

    event::RunEnvironment payload(const Fields& packages = {}) const;

private:
    CodeState code_;
    StoredDiff diff_;
    std::vector<std::string_view> untracked_;
    std::vector<std::string_view> submodules_;
    std::vector<std::string_view> incomplete_;
    std::string root_;
};

}  // namespace daybook::capture
