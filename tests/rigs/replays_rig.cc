// The index is a function of the set of events: random histories, each indexed in many ways, come
// to one digest.
//
// In one go; after every single line; by one to eight threads, in batches of any size; with the
// lines in another order and in other parts; with copies, as Daybook and as other tools write them;
// with parts applied once more.  At the end `index --check` looks at what the digest leaves out.
// One history in sixteen is wide: many megabytes, which threads really share.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "index/check.h"
#include "support/history_ledger.h"
#include "support/index_memory.h"
#include "support/random_events.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kWideIn = 32;
constexpr std::size_t kWideBytes = std::size_t{40} << 10;  // of a line in three

// Where the lines of a history lie.
struct Placed {
    std::size_t part = 0;
    std::string line;
};
using History = std::vector<Placed>;

class ReplayCase {
public:
    ReplayCase(std::uint64_t seed, bool is_wide, const std::string& parent)
        : random_(seed), is_wide_(is_wide), parent_(parent) {
        RandomHistory world([this](std::uint64_t below) { return pick(below); },
                            {.runs = 1 + pick(4), .times = 1 + pick(8)});
        const std::size_t lines = is_wide_ ? 1'200 : 5 + pick(40);
        parts_ = 1 + pick(5);
        for (std::string& line : world.lines(lines)) {
            if (is_wide_) widen(line);
            history_.push_back({pick(parts_), std::move(line)});
        }
    }

    // What went wrong; empty: all ways come to the same.
    std::string run() {
        const Status status = try_all();
        return status ? std::string() : status.error().message();
    }
    std::uint64_t builds() const { return builds_; }

private:
    std::uint64_t pick(std::uint64_t below) { return random_.next() % below; }

    // A field that no column holds; lines with a trailer would be damaged by it.
    void widen(std::string& line) {
        if (!line.ends_with("}}") || line.find("\"checksum\"") != std::string::npos) return;
        line.pop_back();
        line += fmt::format(",\"wide\":\"{}\"}}", std::string(kWideBytes, 'w'));
    }

    Status try_all() {
        HistoryLedger ledger(parent_);
        ASSIGN_OR_RETURN(digest_, digest_of(history_, {.threads = 1}, ledger));
        RETURN_IF_ERROR(try_sizes_and_threads(ledger));
        if (is_wide_) return {};
        RETURN_IF_ERROR(try_every_cut_in_memory());
        RETURN_IF_ERROR(try_some_cuts());
        RETURN_IF_ERROR(try_orders());
        return {};
    }

    // Puts the history into the ledger, and builds its index.
    Result<std::string> digest_of(const History& history, const index::BuildOptions& options,
                                  HistoryLedger& ledger) {
        for (const Placed& placed : history) ledger.append(placed.part, placed.line);
        return build(ledger.root(), options);
    }
    Result<std::string> build(const std::string& root, const index::BuildOptions& options) {
        ++builds_;
        ASSIGN_OR_RETURN(const index::BuildReport report, index::build(root, options));
        return report.digest;
    }
    // Where `root` is given, whose index has that digest, a check says what differs.
    Status expect_same(const std::string& way, const Result<std::string>& digest,
                       const std::string& root = "") {
        if (!digest) return fail(digest.error().code(), "{}: {}", way, digest.error().message());
        if (*digest == digest_) return {};
        if (!root.empty()) RETURN_IF_ERROR(expect_checked(way, root));
        return fail(ErrorCode::kInternal, "{}: digest {}, expected {}", way, *digest, digest_);
    }
    Status expect_checked(const std::string& way, const std::string& root) {
        ASSIGN_OR_RETURN(const index::CheckReport report, index::check(root));
        for (const index::Comparison& comparison : report.comparisons) {
            if (!comparison.difference) continue;
            const index::TableDifference& found = *comparison.difference;
            return fail(ErrorCode::kInternal,
                        "{}: the {} differs in {}, row {}, column {}: {} | {}", way,
                        comparison.name, found.table, found.key, found.column,
                        found.left.value_or("NULL"), found.right.value_or("NULL"));
        }
        return {};
    }

    Status try_sizes_and_threads(const HistoryLedger& ledger) {
        for (unsigned threads = 1; threads <= 8; ++threads) {
            // From a line a batch to all in one.  Of wide histories every other one is.
            std::uint64_t batch = std::uint64_t{100} << pick(9);
            if (is_wide_) batch = threads % 2 == 0 ? index::kBatchBytes : 5 << 20;
            const std::string way = fmt::format("{} threads, batches of {}", threads, batch);
            RETURN_IF_ERROR(
                expect_same(way,
                            build(ledger.root(),
                                  {.full_rebuild = true, .threads = threads, .batch_bytes = batch}),
                            ledger.root()));
        }
        if (is_wide_) return {};
        for (const char* day : {"2026-01-01", "2026-01-02", "2026-01-03"}) {
            RETURN_IF_ERROR(expect_same(fmt::format("since {}", day),
                                        build(ledger.root(), {.since = parse_day(day)})));
        }
        return expect_checked("after --since-date", ledger.root());
    }

    // The builder's work at every cut: a fold that is given one line after the other.
    Status try_every_cut_in_memory() {
        auto memory = std::make_unique<MemoryIndex>();
        index::Conflicts conflicts;
        for (std::size_t i = 0; i < history_.size();) {
            memory->conflicts() = conflicts;
            const index::Applied applied = memory->apply({history_[i].line});
            if (applied.displaced.empty()) {
                ++i;
                continue;
            }
            // As the builder does it: from the beginning, with what is known now.
            for (const auto& [id, content] : applied.displaced) conflicts[id] = content;
            memory = std::make_unique<MemoryIndex>();
            i = 0;
        }
        RETURN_IF_ERROR(expect_same("after every line, kept", memory->kept_digest()));
        return expect_same("after every line, computed", memory->computed_digest());
    }

    // Grows a ledger, and its index with it, in a few steps.
    Status try_some_cuts() {
        HistoryLedger ledger(parent_);
        Result<std::string> digest = std::string();
        for (std::size_t i = 0; i < history_.size(); ++i) {
            ledger.append(history_[i].part, history_[i].line);
            const bool is_last = i + 1 == history_.size();
            if (pick(history_.size() / 4 + 1) != 0 && !is_last) continue;
            digest = build(ledger.root(), {});
            if (!digest) return fail(digest.error());
        }
        RETURN_IF_ERROR(expect_same("in steps", digest));
        return expect_checked("in steps", ledger.root());
    }

    // The same set of events in another order, in other parts, some of them twice or thrice.
    Status try_orders() {
        for (const bool with_copies : {false, true}) {
            History other = history_;
            for (std::size_t i = other.size() / 2 * (with_copies ? 1 : 0); i > 0; --i) {
                other.push_back(other[pick(other.size())]);
                if (pick(2) == 0) strip_trailer(other.back().line);
            }
            for (std::size_t i = other.size(); i > 1; --i) {
                std::swap(other[i - 1], other[pick(i)]);
            }
            for (Placed& placed : other) placed.part = pick(parts_ + 2);
            HistoryLedger ledger(parent_);
            const std::string way = with_copies ? "shuffled, with copies" : "shuffled";
            const std::size_t half = other.size() / 2;
            const auto middle = other.begin() + static_cast<std::ptrdiff_t>(half);
            const auto first = digest_of(History(other.begin(), middle), {}, ledger);
            if (!first) return fail(first.error());
            RETURN_IF_ERROR(expect_same(way, digest_of(History(middle, other.end()), {}, ledger)));
            RETURN_IF_ERROR(expect_checked(way, ledger.root()));
        }
        return {};
    }

    // As another tool would copy the event: without what Daybook adds.
    static void strip_trailer(std::string& line) {
        const std::size_t at = line.rfind(",\"seq\":");
        if (at != std::string::npos && line.ends_with("\"}")) line = line.substr(0, at) + "}";
    }

    SeededRandom random_;
    bool is_wide_;
    std::string parent_;
    std::size_t parts_ = 1;
    History history_;
    std::string digest_;
    std::uint64_t builds_ = 0;
};

std::string parent_of(const RigOptions& options) {
    if (!options.dir.empty()) return options.dir + "/";
    return std::filesystem::is_directory("/dev/shm") ? "/dev/shm/" : ::testing::TempDir();
}

int run(int argc, char** argv) {
    Rig rig("replays", argc, argv, 20);
    std::uint64_t builds = 0;
    for (std::uint64_t i = 0; i < rig.options().count && !rig.gives_up(); ++i) {
        if (!rig.begin_case(i)) continue;
        ReplayCase one(rig.options().seed * 1'000'003 + i, i % kWideIn == 1,
                       parent_of(rig.options()));
        const std::string problem = one.run();
        if (!problem.empty()) rig.fail(problem);
        builds += one.builds();
    }
    rig.note("builds", builds);
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
