#include "log_writers.h"

#include <memory>

#include <fmt/format.h>

#include "log/line.h"
#include "log/writer.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kLines = 1024;
// `,"seq":1234567` and the checksum: in the steady state a sequence number has seven digits.
constexpr std::size_t kTrailerBytes = 14 + 31 + 1;

// The text is ready: id and time are in it.
class NoStamper final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

// One line without its trailer.
std::string body(std::size_t i) {
    std::string text = fmt::format(
        R"({{"event_type":"trial.recorded","event_id":"019bea3c-7d1e-7c40-9d0e-{:012x}",)"
        R"("timestamp_ms":1769126400000,"run_id":"bench","trial_id":"fixed_stop_{:06}","note":")",
        i, i);
    text.append(kLineBytes - kTrailerBytes - text.size() - 1, 'x');
    return text + '"';
}

}  // namespace

std::vector<std::string> ready_lines() {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < kLines; ++i) {
        log::append_trailer(lines.emplace_back(body(i)), 0, log::Seq(1'000'000 + i), log::Seq(0));
    }
    return lines;
}

OpenDesk log_append(const Workspace& workspace, Durability durability) {
    const auto texts = std::make_shared<std::vector<std::string>>();
    for (std::size_t i = 0; i < kLines; ++i) texts->push_back(body(i));
    return [&workspace, durability, texts](int) -> Result<Desk> {
        ASSIGN_OR_RETURN(std::unique_ptr<log::Writer> opened,
                         log::Writer::open(log::Layout(workspace.path("log"))));
        const std::shared_ptr<log::Writer> writer = std::move(opened);
        return [writer, durability, texts](int) -> Result<Call> {
            return [writer, durability, texts](std::size_t i) -> Status {
                // The threads share the texts, because nobody stamps them.
                NoStamper stamper;
                const log::Draft draft{.text = (*texts)[i % kLines], .timestamp = std::nullopt};
                log::AppendOutcome outcome = writer->append({&draft, 1}, durability, stamper);
                if (outcome.error) return fail(std::move(*outcome.error));
                return {};
            };
        };
    };
}

Status clear_log(const Workspace& workspace) {
    RETURN_IF_ERROR(workspace.fresh("log"));
    return {};
}

}  // namespace daybook::bench
