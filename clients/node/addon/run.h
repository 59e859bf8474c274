// What the functions of runs and of phases share.
#pragma once

#include <napi.h>

#include <optional>
#include <string>

#include "handles.h"

namespace daybook::node {

// The run that the first argument names; null, and an exception, if there is none.
Run* run_of(const Napi::CallbackInfo& info);

// The text of daybook_failure_options, which only borrow it.
class FailureText {
public:
    explicit FailureText(const Napi::Object& given);

    // Lives no longer than this.
    daybook_failure_options options() const;

private:
    std::optional<std::string> kind_, trace_, phase_name_, summary_, artifact_paths_;
};

}  // namespace daybook::node
