// Does one thing to a ledger, in a process of its own that may be killed or stopped on the way:
//
//     step_child seal DIRECTORY              seals what may be sealed
//     step_child publish DIRECTORY NUMBER    publishes index/work/index.duckdb as that generation
//     step_child write DIRECTORY TIME_MS ID  appends one event with that time
//
// Ends with 0 if it was done.

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "index/publish.h"
#include "ledger/sealer.h"
#include "log/writer.h"

namespace daybook {
namespace {

// The event says when it happened.
class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

Status write(const std::string& directory, TimestampMs time, const std::string& id) {
    ASSIGN_OR_RETURN(const auto writer,
                     log::Writer::open(log::Layout(directory), {.background = false}));
    std::string text = fmt::format(
        R"({{"event_type":"t","event_id":"{}","timestamp_ms":{},"run_id":"r")", id, time.value());
    NoStamp stamper;
    const std::vector<log::Draft> drafts = {{.text = std::span(text), .timestamp = time}};
    log::AppendOutcome outcome = writer->append(drafts, Durability::kProcess, stamper);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

Status run(const std::vector<std::string>& arguments) {
    if (arguments.size() < 3) return fail(ErrorCode::kInvalidArgument, "see the source");
    const std::string& directory = arguments[2];
    if (arguments[1] == "seal") {
        RETURN_IF_ERROR(ledger::seal_parts(ledger::LedgerDir(directory), {.wait_ms = 0}));
    } else if (arguments[1] == "publish") {
        const index::IndexLayout layout(directory);
        const index::Generation generation(std::stoul(arguments.at(3)));
        RETURN_IF_ERROR(index::publish(layout, layout.work_path(), generation));
    } else {
        return write(directory, TimestampMs(std::stoll(arguments.at(3))), arguments.at(4));
    }
    return {};
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    const daybook::Status status = daybook::run(std::vector<std::string>(argv, argv + argc));
    if (status) return 0;
    fmt::print(stderr, "{}\n", status.error().message());
    return 1;
}
