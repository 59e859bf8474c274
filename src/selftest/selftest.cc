#include "selftest/selftest.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/random.h"
#include "ledger/verify.h"
#include "os/file.h"
#include "os/process.h"
#include "selftest/faults.h"
#include "selftest/storm.h"

namespace daybook::selftest {
namespace {

constexpr std::uint64_t kRoomNeeded = std::uint64_t{64} << 20;
// A self-test is not to fill the disk, nor to wear it.
constexpr std::uint64_t kBytesMax = std::uint64_t{256} << 20;

// Shares of the time; looking at the traits and verifying take what they take.
constexpr int kSpeedPercent = 25;
constexpr int kStormPercent = 50;
constexpr int kFaultsPercent = 25;

// The directory that everything happens in, removed at the end.
class Workplace {
public:
    static Result<Workplace> make(const Options& options) {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(options.dir));
        if (!info || !info->is_directory) {
            return fail(ErrorCode::kNotFound,
                        "self-test in {}: there is no such directory; name the one that the ledger "
                        "is to lie in",
                        options.dir);
        }
        const std::string name = fmt::format("daybook-selftest-{}-{:08x}", os::this_process().pid,
                                             static_cast<std::uint32_t>(random_seed()));
        std::string path = os::join_path(options.dir, name);
        RETURN_IF_ERROR(os::make_dirs(path));
        return Workplace(std::move(path), options.keep);
    }
    Workplace(Workplace&& other) noexcept
        : path_(std::exchange(other.path_, "")), keep_(other.keep_) {}
    Workplace& operator=(Workplace&&) = delete;
    ~Workplace() {
        // What cannot be removed stays, and its name says what it is.
        if (!path_.empty() && !keep_) (void)os::remove_tree(path_);
    }
    const std::string& path() const { return path_; }

private:
    Workplace(std::string path, bool keep) : path_(std::move(path)), keep_(keep) {}
    std::string path_;
    bool keep_;
};

class SelfTest {
public:
    SelfTest(const Options& options, const Workplace& workplace)
        : options_(options), workplace_(workplace) {}

    Result<Report> run() {
        report_.directory = workplace_.path();
        ASSIGN_OR_RETURN(const StageContext traits_stage, stage("traits", 0));
        ASSIGN_OR_RETURN(const Traits traits, look_at_traits(traits_stage));
        add(traits.checks);
        not_durable_ = traits.filesystem.not_durable;
        // Nothing could be kept here anyway, so nothing is to be learnt by trying.
        if (traits.usable()) {
            if (traits.free_bytes < kRoomNeeded) {
                return fail(ErrorCode::kNoSpace,
                            "self-test in {}: {} MiB are free, {} MiB are needed", options_.dir,
                            traits.free_bytes >> 20, kRoomNeeded >> 20);
            }
            bytes_max_ = std::min(kBytesMax, traits.free_bytes / 4);
            RETURN_IF_ERROR(try_it());
        }
        report_.keeps_promises =
            std::none_of(report_.checks.begin(), report_.checks.end(),
                         [](const Check& check) { return check.verdict == Verdict::kBad; });
        report_.survives_power = report_.keeps_promises && not_durable_.empty();
        report_.verdict = verdict_of(options_.dir, traits, report_.speed, report_.checks);
        return std::move(report_);
    }

private:
    Status try_it() {
        ASSIGN_OR_RETURN(const StageContext speed_stage, stage("speed", kSpeedPercent));
        ASSIGN_OR_RETURN(report_.speed, measure_speed(speed_stage));
        add(report_.speed.checks);

        ASSIGN_OR_RETURN(const StageContext storm_stage, stage("kills", kStormPercent));
        const ledger::LedgerDir ledger(os::join_path(storm_stage.dir, "ledger"));
        ASSIGN_OR_RETURN(const Checks storm, run_storm(storm_stage, ledger));
        add(storm);

        ASSIGN_OR_RETURN(const StageContext faults_stage, stage("faults", kFaultsPercent));
        ASSIGN_OR_RETURN(const Checks faults, run_faults(faults_stage));
        add(faults);
        RETURN_IF_ERROR(stopped());
        return verify(ledger);
    }

    Status verify(const ledger::LedgerDir& ledger) {
        show("verify", 0);
        ASSIGN_OR_RETURN(const ledger::VerifyReport found, ledger::verify(ledger));
        add({{.stage = "verify",
              .name = "every line of the killed writers' log",
              .result = found.clean()
                            ? fmt::format("{} events in {} parts: clean", found.events, found.parts)
                            : fmt::format("{} problems, the first: {}", found.problems,
                                          found.findings.front().detail),
              .verdict = found.clean() ? Verdict::kGood : Verdict::kBad,
              .value = static_cast<double>(found.events)}});
        return {};
    }

    // A directory and a share of the time for one stage.
    Result<StageContext> stage(const std::string& name, int percent) {
        RETURN_IF_ERROR(stopped());
        StageContext context{.dir = os::join_path(workplace_.path(), name),
                             .program = options_.program,
                             .seed = options_.seed,
                             .budget_ns = std::int64_t{options_.seconds} * 10'000'000 * percent,
                             .stop = options_.stop,
                             .progress = [this, name](double part) { show(name, part); },
                             .bytes_max = bytes_max_,
                             .not_durable = not_durable_};
        RETURN_IF_ERROR(os::make_dirs(context.dir));
        show(name, 0);
        return context;
    }

    Status stopped() const {
        if (options_.stop == nullptr || !options_.stop->load(std::memory_order_relaxed)) return {};
        return fail(ErrorCode::kCancelled, "self-test in {}: stopped", options_.dir);
    }

    void show(std::string_view name, double part) const {
        if (options_.progress) options_.progress(name, part);
    }

    void add(const Checks& checks) {
        report_.checks.insert(report_.checks.end(), checks.begin(), checks.end());
    }

    const Options& options_;
    const Workplace& workplace_;
    std::string not_durable_;
    std::uint64_t bytes_max_ = 0;
    Report report_;
};

}  // namespace

Result<Report> run(const Options& options) {
    ASSIGN_OR_RETURN(const Workplace workplace, Workplace::make(options));
    return SelfTest(options, workplace).run();
}

std::string verdict_of(const std::string& dir, const Traits& traits, const Speed& speed,
                       const Checks& checks) {
    const std::string place =
        traits.filesystem.source.empty() || traits.filesystem.source == traits.filesystem.type
            ? fmt::format("{} ({})", dir, traits.filesystem.type)
            : fmt::format("{} ({}, {})", dir, traits.filesystem.type, traits.filesystem.source);
    std::string bad;
    for (const Check& check : checks) {
        if (check.verdict != Verdict::kBad) continue;
        bad += fmt::format("{}{}: {}", bad.empty() ? "" : "; ", check.name, check.result);
    }
    if (!bad.empty()) {
        return fmt::format("Do not keep a ledger on {}: {}.", place, bad);
    }
    std::string text = fmt::format("Daybook keeps its promises on {}", place);
    if (traits.filesystem.not_durable.empty()) {
        text +=
            ": what was acknowledged outlives the death of any process, and at `power` what "
            "this device says it has written.";
        if (speed.sync.count > 0 && speed.sync.p50_ns < kPlausibleSyncNs) {
            text += fmt::format(
                " But it says so after {}, before it can have written: power loss "
                "is survived only if it has a power reserve of its own.",
                human_ns(speed.sync.p50_ns));
        }
    } else {
        text += fmt::format(
            " but for power loss: what was acknowledged outlives the death of any "
            "process, but {}.",
            traits.filesystem.not_durable);
    }
    if (speed.process.count > 0) {
        text += fmt::format(" An event costs {} at `process`", human_ns(speed.process.p50_ns));
        text += speed.power.count > 0
                    ? fmt::format(", {} at `power`.", human_ns(speed.power.p50_ns))
                    : std::string(".");
    }
    return text;
}

}  // namespace daybook::selftest
