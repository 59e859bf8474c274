// Reading a log whole: `daybook verify`, on one processor, from memory.

#include <fcntl.h>
#include <sched.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "crew.h"
#include "ledger/ledger_dir.h"
#include "ledger/verify.h"
#include "log/scan.h"
#include "os/error.h"
#include "os/file.h"
#include "suites.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kVerifyEvents = 1'000'000;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

Status stay_on_one_processor() {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(0, &processors);
    if (::sched_setaffinity(0, sizeof processors, &processors) == 0) return {};
    return fail(os::errno_error(errno, "stay", "on processor 0"));
}

Status verify_whole(const std::string& ledger, std::size_t events) {
    RETURN_IF_ERROR(stay_on_one_processor());
    ASSIGN_OR_RETURN(const ledger::VerifyReport report, ledger::verify(ledger::LedgerDir(ledger)));
    if (report.clean() && report.events == events) return {};
    return fail(ErrorCode::kInternal, "verify found {} events and {} problems, expected {} events",
                report.events, report.problems, events);
}

// The raw limit: every byte is read and hashed.
Status hash_whole(const log::Layout& layout, const std::vector<log::PartInfo>& parts) {
    RETURN_IF_ERROR(stay_on_one_processor());
    std::string piece(kPieceBytes, '\0');
    std::uint64_t sum = 0;
    for (const log::PartInfo& part : parts) {
        const std::string path = layout.part_path(part.id);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
        for (ByteOffset at(0); at < part.size; at = at + piece.size()) {
            ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), at, piece, path));
            sum += xxh3_64(std::string_view(piece).substr(0, got));
        }
    }
    // Used, so that it has to be computed.
    return sum == 0 ? fail(ErrorCode::kInternal, "the hashes add up to 0") : Status();
}

}  // namespace

Status bench_verify(const Workspace& workspace, const Settings& settings, Report& report) {
    const std::size_t count = settings.scaled(kVerifyEvents);
    ASSIGN_OR_RETURN(const std::string ledger, workspace.fresh("ledger"));
    RETURN_IF_ERROR(
        run_process({program("bench/generate_events"), ledger, fmt::format("{}", count)}));
    const log::Layout layout(ledger);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    std::uint64_t bytes = 0;
    for (const log::PartInfo& part : parts) bytes += part.size.value();

    const std::array contenders = {
        Contender{
            "verify",
            [&] { return run_once([&](std::size_t) { return verify_whole(ledger, count); }); }},
        Contender{"hash",
                  [&] { return run_once([&](std::size_t) { return hash_whole(layout, parts); }); }},
    };
    ASSIGN_OR_RETURN(const std::vector<Sample> medians, take_turns(contenders, settings.rounds));
    const auto gb_per_second = [bytes](const Sample& sample) {
        return static_cast<double>(bytes) / 1e3 / sample.value;
    };
    report.add({.what = "verify, from memory, on one processor",
                .value = gb_per_second(medians[0]),
                .unit = Unit::kGbPerSecond,
                .peer = "reading and XXH3 of the same bytes",
                .peer_value = gb_per_second(medians[1]),
                .target = at_least(1.5)});
    return {};
}

}  // namespace daybook::bench
