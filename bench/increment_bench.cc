// Bringing an index up to date, and parsing alone.

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "child.h"
#include "increment.h"
#include "index/decode.h"
#include "json/document.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/process.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kEvents = 1'000'000;
constexpr std::size_t kSmallEvents = 100'000;
constexpr std::size_t kIncrement = 1'000;
constexpr std::size_t kSliceBytes = std::size_t{2} << 20;

// How long the index took to know new events, before it was published; in milliseconds.
Result<Sample> index_increment(Increments& increments, Spread spread) {
    RETURN_IF_ERROR(increments.append(kIncrement, spread));
    ASSIGN_OR_RETURN(Sample sample, build_in_child(increments.ledger(), kIncrement));
    return Sample{.value = (sample.value - sample.step) * 1e3, .step = sample.step * 1e3};
}

// Whole lines of a log, in memory, cut into slices.
struct LogText {
    std::vector<std::unique_ptr<char[]>> memory;
    std::vector<std::string_view> slices;
    std::uint64_t bytes = 0;
};

Result<LogText> read_log(const std::string& ledger) {
    const log::Layout layout(ledger);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    LogText text;
    for (const log::PartInfo& part : parts) {
        const std::string path = layout.part_path(part.id);
        const auto size = static_cast<std::size_t>(part.size.value());
        // Behind the last line, what a reader of JSON may look at.
        text.memory.push_back(std::make_unique<char[]>(size + json::kPadding));
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        char* const bytes = text.memory.back().get();
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd.get(), ByteOffset(0), {bytes, size}, path));
        for (std::string_view rest(bytes, got); !rest.empty();) {
            const std::size_t newline = rest.find('\n', std::min(kSliceBytes, rest.size() - 1));
            text.slices.push_back(rest.substr(0, newline + 1));
            rest.remove_prefix(text.slices.back().size());
        }
        text.bytes += got;
    }
    return text;
}

// Calls `work` for each slice, on all processors; the sample's value is in GB/s.
Result<Sample> for_each_slice(const LogText& text,
                              const std::function<void(std::string_view)>& work) {
    std::atomic<std::size_t> next{0};
    const auto draw = [&] {
        while (true) {
            const std::size_t i = next.fetch_add(1);
            if (i >= text.slices.size()) return;
            work(text.slices[i]);
        }
    };
    ASSIGN_OR_RETURN(Sample sample, seconds_of([&]() -> Status {
                         std::vector<std::thread> helpers;
                         for (unsigned i = 1; i < os::processor_count(); ++i) {
                             helpers.emplace_back(draw);
                         }
                         draw();
                         for (std::thread& helper : helpers) helper.join();
                         return {};
                     }));
    sample.value = static_cast<double>(text.bytes) / 1e9 / sample.value;
    return sample;
}

Result<Sample> parse_all(const std::string& ledger, std::size_t events) {
    ASSIGN_OR_RETURN(const LogText text, read_log(ledger));
    std::atomic<std::size_t> staged{0};
    ASSIGN_OR_RETURN(const Sample sample, for_each_slice(text, [&](std::string_view slice) {
                         thread_local index::Decoder decoder(nullptr);
                         index::Staging staging;
                         log::Scanner scanner(slice, ByteOffset(0));
                         while (const auto line = scanner.next()) {
                             decoder.decode(*line, 0, staging);
                         }
                         staged += staging.damage.empty() ? staging.events.size() : 0;
                     }));
    if (staged == events) return sample;
    return fail(ErrorCode::kInternal, "parsed {} events, expected {}", staged.load(), events);
}

Result<Sample> hash_all(const std::string& ledger) {
    ASSIGN_OR_RETURN(const LogText text, read_log(ledger));
    std::atomic<std::uint64_t> sum{0};
    ASSIGN_OR_RETURN(const Sample sample,
                     for_each_slice(text, [&](std::string_view slice) { sum += xxh3_64(slice); }));
    if (sum == 0) return fail(ErrorCode::kInternal, "the hashes add up to 0");
    return sample;
}

}  // namespace

Status measure_increments(const Workspace& workspace, const Settings& settings, Report& report,
                          Increments large) {
    const std::size_t few = settings.scaled(kSmallEvents);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "few", few));
    RETURN_IF_ERROR(build_in_child(ledger, few));
    Increments small(ledger, few);
    const std::array contenders = {
        Contender{"large", [&] { return index_increment(large, Spread::kTenRuns); }},
        Contender{"small", [&] { return index_increment(small, Spread::kTenRuns); }},
        Contender{"random", [&] { return index_increment(large, Spread::kAllRuns); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const std::string what =
        fmt::format("{} new events of 10 runs, {} indexed", kIncrement, large.events());
    const std::string peer = fmt::format("the same, {} indexed", few);
    const auto add = [&](std::string name, const Sample& sample, Target target) {
        report.add({.what = std::move(name),
                    .value = sample.value,
                    .unit = Unit::kMilliseconds,
                    .peer = peer,
                    .peer_value = medians[1].value,
                    .target = target});
    };
    add(what, medians[0], at_most(150));
    add("  in proportion", medians[0], ratio_at_most(3));
    add("  of any runs, half of them known trials", medians[2], at_most(400));
    report.add({.what = "  its publication",
                .value = medians[0].step,
                .unit = Unit::kMilliseconds,
                .peer = peer,
                .peer_value = medians[1].step});
    return {};
}

Status bench_index_increment(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kEvents);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", events));
    RETURN_IF_ERROR(build_in_child(ledger, events));
    return measure_increments(workspace, settings, report, {ledger, events});
}

Status bench_index_parse(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t events = settings.scaled(kEvents);
    ASSIGN_OR_RETURN(const std::string ledger, make_ledger(workspace, "ledger", events));
    const std::array contenders = {
        Contender{"parse", [&] { return in_child([&] { return parse_all(ledger, events); }); }},
        Contender{"hash", [&] { return in_child([&] { return hash_all(ledger); }); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    report.add({.what = fmt::format("parse and verify, {} processors", os::processor_count()),
                .value = medians[0].value,
                .unit = Unit::kGbPerSecond,
                .peer = "XXH3 of the same bytes",
                .peer_value = medians[1].value,
                .target = at_least(1.5)});
    report.add({.what = "  processor time",
                .value = medians[0].processor_seconds,
                .unit = Unit::kSeconds,
                .peer = "XXH3 of the same bytes",
                .peer_value = medians[1].processor_seconds});
    return {};
}

}  // namespace daybook::bench
