// Does one thing that touches what is sealed, in a process of its own that may be killed on the
// way:
//
//     lifecycle_child archive DIRECTORY      archives what is sealed
//
// Ends with 0 if it was done.

#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lifecycle/archiver.h"

namespace daybook {
namespace {

Status archive(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const lifecycle::ArchiveReport report,
                     lifecycle::archive_days(dir, {.wait_ms = 10'000}));
    for (const lifecycle::ArchiveOutcome& day : report.days) {
        if (day.state != lifecycle::ArchiveState::kFailed) continue;
        return fail(ErrorCode::kIo, "{}: {}", to_string(day.day), day.detail);
    }
    return {};
}

Status run(const std::vector<std::string>& arguments) {
    if (arguments.size() < 3) return fail(ErrorCode::kInvalidArgument, "see the source");
    const ledger::LedgerDir dir(arguments[2]);
    if (arguments[1] == "archive") return archive(dir);
    return fail(ErrorCode::kInvalidArgument, "{}: see the source", arguments[1]);
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    const daybook::Status status = daybook::run(std::vector<std::string>(argv, argv + argc));
    if (status) return 0;
    fmt::print(stderr, "{}\n", status.error().message());
    return 1;
}
