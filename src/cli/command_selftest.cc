// daybook selftest: does Daybook keep its promises on this disk?

#include <algorithm>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "cli/bar.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/progress.h"
#include "os/interrupt.h"
#include "os/process.h"
#include "selftest/selftest.h"
#include "selftest/worker.h"

namespace daybook::cli {
namespace {

constexpr int kBarColumns = 40;

class SelftestCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--dir", options_.dir, "Where the ledger is to lie")
            ->type_name("DIR")
            ->required();
        add_seconds(app, "--seconds", options_.seconds, 1, 86'400, "How long it takes, about (60)");
        app.add_option("--seed", seed_, "Kill at the same moments as an earlier run")
            ->type_name("N");
        app.add_flag("--keep", options_.keep, "Leave the directory that it makes");
        // What it starts itself; a group without a name is in no help.
        app.add_option("--worker", worker_.mode)->group("");
        app.add_option("--worker-name", worker_.name)->group("");
    }

    Result<ExitCode> run(Context& context) override {
        if (!worker_.mode.empty()) return work(context);
        options_.program = os::executable_path();
        options_.seed = seed_.value_or(random_seed());
        options_.stop = &os::interrupt_flag();
        Progress progress(context.error_style, system_clock(), "selftest", kProgressTotal);
        options_.progress = [&](std::string_view stage, double part) {
            progress.update(static_cast<std::uint64_t>(std::min(part, 1.0) *
                                                       static_cast<double>(kProgressTotal)),
                            stage);
        };
        const auto report = selftest::run(options_);
        progress.clear();
        if (!report) {
            if (report.error().code() == ErrorCode::kCancelled) return fail(report.error());
            return context.report(report.error(), ExitCode::kUsage);
        }
        print(*report, context);
        return report->keeps_promises ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    static constexpr std::uint64_t kProgressTotal = 100;

    Result<ExitCode> work(Context& context) {
        worker_.dir = options_.dir;
        ASSIGN_OR_RETURN(const int code, selftest::run_worker(worker_, [&](std::uint32_t number) {
                             context.out.print("{}\n", number);
                             context.out.flush();
                         }));
        return static_cast<ExitCode>(code);
    }

    void print(const selftest::Report& report, Context& context) const {
        const auto rows = context.rows(
            {{"stage"}, {"check"}, {"verdict"}, {"result"}, {"value", Unit::kMeasured}});
        for (const selftest::Check& check : report.checks) {
            rows->row(
                {check.stage, check.name, to_string(check.verdict), check.result, check.value});
        }
        for (const auto& [bound, count] : report.speed.sync.histogram) {
            rows->row({"speed", "fdatasync up to " + selftest::human_ns(bound), "good",
                       bar(context, report.speed.sync, count), count});
        }
        // In the formats for programs the verdict is a row like the others.
        const bool for_people = context.format == Format::kTable;
        if (!for_people) {
            rows->row({"verdict", "keeps its promises", report.keeps_promises ? "good" : "BAD",
                       report.verdict, nullptr});
            rows->row({"verdict", "survives power loss", report.survives_power ? "good" : "note",
                       report.survives_power ? "as far as this device tells the truth" : "no",
                       nullptr});
            rows->row({"verdict", "seed", "good", "", options_.seed});
        }
        rows->finish();
        if (!for_people) return;
        context.out.print("\n{}\n", report.verdict);
        if (!report.keeps_promises) {
            context.out.print("Again with the same kills: --seed {}\n", options_.seed);
        }
        if (options_.keep) context.out.print("Kept: {}\n", report.directory);
    }

    static std::string bar(const Context& context, const selftest::Latency& latency,
                           std::uint64_t count) {
        if (context.format != Format::kTable || count == 0) return "";
        std::uint64_t most = 1;
        for (const auto& [bound, number] : latency.histogram) most = std::max(most, number);
        return scale_bar({.start = 0,
                          .length = static_cast<std::int64_t>(count),
                          .total = static_cast<std::int64_t>(most)},
                         kBarColumns, context.style.terminal);
    }

    selftest::Options options_;
    selftest::WorkerOrder worker_;
    std::optional<std::uint64_t> seed_;
};

}  // namespace

extern constinit const CommandInfo kSelftestCommand = {
    .name = "selftest",
    .summary = "Tries whether Daybook keeps its promises on a disk",
    .details =
        "Looks at what the file system can do, measures how long writes and syncs take, kills\n"
        "processes that record, makes calls fail, and checks every line at the end.  All of it\n"
        "happens in a directory of its own below DIR, which is removed again.  It cannot cut the\n"
        "power.  Exit code 0: every promise holds there; 1: one does not; 2: it could not look.",
    .examples =
        "daybook selftest --dir /data\n"
        "daybook selftest --dir . --seconds 10 --format json",
    .common_flags = kFormatFlag,
    .make = make_command<SelftestCommand>,
};

}  // namespace daybook::cli
