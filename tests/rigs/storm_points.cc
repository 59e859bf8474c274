#include "storm_points.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "crash/writer_process.h"
#include "log/layout.h"
#include "log/scan.h"
#include "log/writer.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::testing {
namespace {

// The sealer's and the publisher's points have rigs of their own.
constexpr std::array<std::string_view, 3> kPrefixes = {"lane.", "writer.", "reserve."};

// Every one that leads to a point is used.
constexpr std::array kSituations = {
    Situation{"fresh", "bad_sync", 40, Copies::kHarmless},
    Situation{"torn", "plain", 4, Copies::kNone},
    Situation{"no room", "no_room", 20, Copies::kNone},
    Situation{"nearly full", "rotate", 30, Copies::kNone},
};

// A writer comes this close to the end of the part with the first events it writes.
constexpr std::uint64_t kLeftBytes = std::uint64_t{4} << 20;

class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

void append_one(log::Writer& writer, std::size_t bytes) {
    std::string text = fmt::format(R"({{"event_type":"t","trial_id":"before-1","padding":"{}")",
                                   std::string(bytes, 'p'));
    const log::Draft draft{.text = std::span(text), .timestamp = std::nullopt};
    NoStamp stamper;
    DAYBOOK_CHECK(!writer.append({&draft, 1}, Durability::kProcess, stamper).error);
}

std::unique_ptr<log::Writer> open_writer(const log::Layout& layout) {
    return log::Writer::open(layout, {.background = false}).value();
}

// Leaves half a line at the end of every part.
void tear(const log::Layout& layout) {
    const std::vector<log::PartInfo> parts = log::list_parts(layout).value();
    for (const log::PartInfo& part : parts) {
        const std::string path = layout.part_path(part.id);
        const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_APPEND).value();
        DAYBOOK_CHECK(!os::write_all(fd.get(), R"({"event_type":"trial.rec)", path).error);
    }
}

}  // namespace

struct PointKiller::Ground {
    explicit Ground(const std::string& parent) : dir(parent), layout(dir.path()) {}

    // Fills a part up to kLeftBytes.
    void fill() {
        const std::unique_ptr<log::Writer> writer = open_writer(layout);
        constexpr std::uint64_t kLines = 12;
        for (std::uint64_t i = 0; i < kLines; ++i) {
            append_one(*writer, (kPartBytesMax - kLeftBytes) / kLines);
        }
        append_one(*writer, 100);  // The last line decides whether the part is continued.
        const std::vector<log::PartInfo> parts = log::list_parts(layout).value();
        DAYBOOK_CHECK(parts.size() == 1);
        beginnings = {{parts.front().id, parts.front().size}};
    }

    // As it was when it had been filled; false if there is nothing to go back to.
    bool go_back() {
        const auto& [part, size] = *beginnings.begin();
        std::error_code ignored;
        std::filesystem::remove_all(layout.torn_dir(), ignored);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
            if (entry.is_regular_file() && entry.path() != layout.part_path(part)) {
                std::filesystem::remove(entry.path(), ignored);
            }
        }
        const std::string path = layout.part_path(part);
        const Result<os::UniqueFd> fd = os::open_fd(path, O_WRONLY);
        // Tomorrow's writers begin parts of their own.
        return fd && os::truncate(fd->get(), size, path) &&
               part.day == day_of(system_clock().now());
    }

    TempDir dir;
    log::Layout layout;
    Beginnings beginnings;
};

std::vector<std::string> points_of_the_writer() {
    std::vector<std::string> points;
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string_view name = os::to_string(point);
        const bool ours = std::any_of(kPrefixes.begin(), kPrefixes.end(),
                                      [&](auto prefix) { return name.starts_with(prefix); });
        if (ours) points.emplace_back(name);
    }
    return points;
}

PointKiller::PointKiller(std::string point, std::string parent, std::uint64_t seed)
    : point_(std::move(point)), parent_(std::move(parent)), random_(seed) {}

PointKiller::~PointKiller() = default;

PointKiller::Ground& PointKiller::prepare(const Situation& situation) {
    if (situation.name == "nearly full") {
        if (nearly_full_ == nullptr || !nearly_full_->go_back()) {
            nearly_full_ = std::make_unique<Ground>(parent_);
            nearly_full_->fill();
        }
        return *nearly_full_;
    }
    ground_ = std::make_unique<Ground>(parent_);
    if (situation.name == "torn") {
        append_one(*open_writer(ground_->layout), 100);
        tear(ground_->layout);
    }
    return *ground_;
}

bool PointKiller::try_situation(const Situation& situation, const std::string& via,
                                std::uint64_t passage, std::vector<std::string>& problems) {
    Ground& ground = prepare(situation);
    const int torn_before = situation.name == "torn" ? 1 : 0;
    WriterOrder order{.via = via,
                      .load = std::string(situation.load),
                      .directory = ground.dir.path(),
                      .name = "dies",
                      .last = situation.events,
                      .kill_at = fmt::format("{}:{}", point_, passage)};
    StormOutcome outcome;
    WriterProcess writer;
    writer.start(order, outcome);
    const bool died = writer.wait(outcome);

    // Whoever comes next finishes the work.
    order.name = "finishes";
    order.load = "plain";
    order.first = writer.acknowledged() + 1;
    order.kill_at.clear();
    if (died) {
        writer.start(order, outcome);
        (void)writer.wait(outcome);
    }
    Inventory inventory = take_inventory(ground.layout, ground.beginnings);
    inventory.torn -= torn_before;
    for (const std::string& problem : broken_promises(inventory, outcome, situation.copies)) {
        problems.push_back(fmt::format("{}:{}, via {}, {}: {}", point_, passage, order.via,
                                       situation.name, problem));
    }
    return died;
}

bool PointKiller::kill_once(std::vector<std::string>& problems) {
    if (ways_.empty()) find_ways(problems);
    std::shuffle(ways_.begin(), ways_.end(), random_);
    // Not every passage comes about in every run, and where threads meet not even the first.
    for (const Way& way : ways_) {
        for (const std::uint64_t passage : {1 + random_() % 3, std::uint64_t{1}}) {
            if (try_situation(*way.situation, way.via, passage, problems)) return true;
        }
    }
    return false;
}

void PointKiller::find_ways(std::vector<std::string>& problems) {
    for (const Situation& situation : kSituations) {
        for (const char* const via : {"log", "ledger"}) {
            if (!try_situation(situation, via, 1, problems)) continue;
            ways_.push_back({.situation = &situation, .via = via});
        }
    }
}

}  // namespace daybook::testing
