// Builders that die: at every kill point of builder and publisher, and at random moments.
//
// A case is one death.  Whatever was being done (an increment, a full rebuild, days applied once
// more, a lost working database), the published snapshot opens and has the rows of its digest, and
// is the old one or the new one; the next build, which may die too, ends with the right digest.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "support/history_ledger.h"
#include "support/random_events.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::size_t kParts = 4;
constexpr std::uint64_t kLinesBefore = 400;
constexpr std::uint64_t kLinesAfter = 200;

// How a builder ended that was to die.
enum class End { kKilled, kDone, kError };

// Builds in a child, which is killed at the kill point `point` or else after `delay`.
End build_and_kill(const std::string& root, const index::BuildOptions& options,
                   const std::string& point, std::chrono::microseconds delay) {
    const pid_t child = ::fork();
    if (child == 0) {
        if (!point.empty()) ::setenv("DAYBOOK_KILL_AT", point.c_str(), 1);
        os::rearm_kill_points();
        const auto report = index::build(root, options);
        if (!report) fmt::print(stderr, "{}\n", report.error().message());
        ::_exit(report ? 0 : 1);
    }
    if (point.empty()) {
        std::this_thread::sleep_for(delay);
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) return End::kKilled;
    return WEXITSTATUS(status) == 0 ? End::kDone : End::kError;
}

std::vector<std::string> points_of_the_builder() {
    std::vector<std::string> points;
    if (!os::kHasKillPoints) return points;
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string name(to_string(point));
        if (name.starts_with("publisher.") || name.starts_with("builder.")) points.push_back(name);
    }
    return points;
}

class BuilderCase {
public:
    BuilderCase(std::uint64_t seed, std::string point, const std::string& parent)
        : random_(seed), point_(std::move(point)), ledger_(parent) {}

    Status run() {
        add_lines(kLinesBefore);
        const auto begun = std::chrono::steady_clock::now();
        ASSIGN_OR_RETURN(const index::BuildReport first, index::build(ledger_.root()));
        whole_ = std::chrono::duration_cast<std::chrono::microseconds>(
            std::chrono::steady_clock::now() - begun);
        published_ = first.digest;
        add_lines(1 + pick(kLinesAfter));
        RETURN_IF_ERROR(prepare());
        ASSIGN_OR_RETURN(const std::string right, ledger_.clean_digest());
        // One in three times the one that comes after dies too.
        for (std::uint64_t deaths = 1 + pick(3) / 2; deaths > 0; --deaths) {
            RETURN_IF_ERROR(die(right));
            point_.clear();
        }
        ASSIGN_OR_RETURN(const index::BuildReport last, index::build(ledger_.root()));
        if (last.digest != right) {
            return fail(ErrorCode::kInternal, "the next build came to {}, expected {}", last.digest,
                        right);
        }
        return expect_snapshot({right});
    }
    std::uint64_t kills() const { return kills_; }

private:
    std::uint64_t pick(std::uint64_t below) { return random_.next() % below; }

    void add_lines(std::uint64_t count) {
        for (; count > 0; --count) ledger_.append(pick(kParts), world_.line());
    }

    // What this builder is to do.
    Status prepare() {
        options_.batch_bytes = std::uint64_t{2'000} << pick(8);
        options_.threads = static_cast<unsigned>(1 + pick(4));
        switch (pick(5)) {
            case 0: options_.full_rebuild = true; break;
            case 1: options_.since = parse_day("2026-01-02"); break;
            case 2: return os::remove_tree(ledger_.layout().work_dir());
            default: break;
        }
        // DuckDB would replay it into the snapshot: the publisher moves it away.
        if (pick(4) == 0) {
            return os::write_file_atomic(ledger_.layout().snapshot_path() + ".wal", "garbage");
        }
        return {};
    }

    Status die(const std::string& right) {
        const std::chrono::microseconds delay(
            pick(static_cast<std::uint64_t>(whole_.count()) * 2 + 1));
        const std::string point = point_;
        const End end = build_and_kill(ledger_.root(), options_, point, delay);
        if (end == End::kError)
            return fail(ErrorCode::kInternal, "the builder ended with an error");
        if (end == End::kKilled) ++kills_;
        if (end == End::kDone && !point.empty() && os::kHasKillPoints) {
            return fail(ErrorCode::kInternal, "{} was not passed", point);
        }
        // Garbage beside the snapshot is there until a publisher comes that far: others would meet
        // it, which is what it is for.
        RETURN_IF_ERROR(os::remove_file(ledger_.layout().snapshot_path() + ".wal"));
        return expect_snapshot(end == End::kDone ? std::vector{right}
                                                 : std::vector{published_, right});
    }

    Status expect_snapshot(const std::vector<std::string>& allowed) {
        ASSIGN_OR_RETURN(const auto generations, index::list_generations(ledger_.layout()));
        std::vector<std::string> paths = {ledger_.layout().snapshot_path()};
        for (const index::Generation generation : generations) {
            paths.push_back(ledger_.layout().generation_path(generation));
        }
        for (const std::string& path : paths) {
            ASSIGN_OR_RETURN(const std::string found, digest_of_snapshot(path));
            if (path != paths.front()) continue;
            if (std::find(allowed.begin(), allowed.end(), found) == allowed.end()) {
                return fail(ErrorCode::kInternal, "{} has the digest {}, expected {}", path, found,
                            fmt::join(allowed, " or "));
            }
        }
        return {};
    }

    SeededRandom random_;
    std::string point_;
    HistoryLedger ledger_;
    RandomHistory world_{[this](std::uint64_t below) { return pick(below); },
                         {.runs = 20, .times = 500, .conflict_in = 200}};
    index::BuildOptions options_;
    std::chrono::microseconds whole_{};
    std::string published_;
    std::uint64_t kills_ = 0;
};

int run(int argc, char** argv) {
    Rig rig("builders", argc, argv, 30);
    const std::string parent =
        rig.options().dir.empty() ? ::testing::TempDir() : rig.options().dir + "/";
    const std::vector<std::string> points = points_of_the_builder();
    std::uint64_t kills = 0;
    for (std::uint64_t i = 0; i < points.size() + rig.options().count && !rig.gives_up(); ++i) {
        if (!rig.begin_case(i)) continue;
        BuilderCase one(rig.options().seed * 1'000'003 + i, i < points.size() ? points[i] : "",
                        parent);
        const Status status = one.run();
        if (!status) rig.fail(status.error().message());
        kills += one.kills();
    }
    rig.note("kills", kills);
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
