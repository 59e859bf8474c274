// Appends events to a ledger and reports each acknowledgement on descriptor 3.
//
//     storm_writer log|ledger DIRECTORY NAME FIRST LAST
//
// The events are named NAME-FIRST to NAME-LAST.  After each acknowledgement the number of the last
// event acknowledged goes out as four bytes.  Whoever started this may kill it at any moment.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daybook/ledger.h"
#include "log/writer.h"

namespace daybook {
namespace {

constexpr int kReportFd = 3;
constexpr std::uint32_t kBatchMax = 5;

// Mostly short; now and then of many pages, where a kill can leave half of it.
std::size_t padding_of(std::uint32_t number) {
    if (number % 97 == 0) return 100'000;
    if (number % 23 == 0) return 60'000;
    return 40 + number % 200;
}

std::string event_of(const std::string& name, std::uint32_t number) {
    return fmt::format(
        R"({{"event_type":"trial.recorded","run_id":"storm","trial_id":"{}-{}","params":{{}},)"
        R"("metrics":{{}},"padding":"{}")",
        name, number, std::string(padding_of(number), 'p'));
}

Durability durability_of(std::uint32_t number) {
    return number % 251 == 0 ? Durability::kPower : Durability::kProcess;
}

void report(std::uint32_t number) {
    if (::write(kReportFd, &number, sizeof(number)) != sizeof(number)) std::_Exit(3);
}

// The time is of no concern here.
class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

Status write_to_log(const std::string& directory, const std::string& name, std::uint32_t first,
                    std::uint32_t last) {
    ASSIGN_OR_RETURN(const auto writer, log::Writer::open(log::Layout(directory)));
    NoStamp stamper;
    for (std::uint32_t number = first; number <= last;) {
        const std::uint32_t count = std::min(last - number + 1, 1 + number % kBatchMax);
        std::vector<std::string> texts;
        for (std::uint32_t i = 0; i < count; ++i) texts.push_back(event_of(name, number + i));
        std::vector<log::Draft> drafts;
        for (std::string& text : texts) {
            drafts.push_back({.text = std::span(text), .timestamp = std::nullopt});
        }
        log::AppendOutcome outcome = writer->append(drafts, durability_of(number), stamper);
        if (outcome.error) return fail(std::move(*outcome.error));
        number += count;
        report(number - 1);
    }
    return {};
}

Status write_to_ledger(const std::string& directory, const std::string& name, std::uint32_t first,
                       std::uint32_t last) {
    ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(directory));
    for (std::uint32_t number = first; number <= last; ++number) {
        RETURN_IF_ERROR(ledger.emit_json(event_of(name, number) + "}", durability_of(number)));
        report(number);
    }
    return {};
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.size() != 6) return 2;
    const auto first = static_cast<std::uint32_t>(std::stoul(arguments[4]));
    const auto last = static_cast<std::uint32_t>(std::stoul(arguments[5]));
    const Status status = arguments[1] == "log"
                              ? write_to_log(arguments[2], arguments[3], first, last)
                              : write_to_ledger(arguments[2], arguments[3], first, last);
    if (status) return 0;
    fmt::print(stderr, "{}\n", status.error().message());
    return 1;
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
    return daybook::run(std::vector<std::string>(argv, argv + argc));
}
