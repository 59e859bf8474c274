// run.created of a program's run, and what its flags may not say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/program_run.h"
#include "daybook/value.h"
#include "event/events.h"

namespace daybook::cli {

// The event as `spec` has it.  It borrows from `spec` and from `tags`, which it fills.
event::RunCreated run_created(const ProgramRunSpec& spec, std::vector<Field>& tags);

// Whether a run of this id can be recorded as `spec` has it, so that it is known before anything
// starts.  kInvalidArgument, kLimit: it cannot, by which flag, what was found and expected.
Status check_run_created(std::string_view run_id, const ProgramRunSpec& spec);

// {"command":["python3","train.py"]}, without secrets, and with \xNN for what is not UTF-8: the
// configuration of a run that was given none.
std::string command_config(const std::vector<std::string>& argv);

}  // namespace daybook::cli
