// daybook legacy detach: an old DuckDB file no longer answers.

#include <optional>
#include <string>

#include "base/calendar.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/legacy_publish.h"
#include "legacy/cache.h"
#include "legacy/import_file.h"
#include "legacy/sources.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "query/session.h"

namespace daybook::cli {
namespace {

class LegacyDetachCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("NAME", name_, "Its name; 'daybook legacy status' lists them")->required();
        app.add_flag("--force", force_, "Also if that gives up the last copy of what the file had");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        if (const auto source = legacy::find_source(dir, name_); source && !force_) {
            RETURN_IF_ERROR(check_nothing_is_lost(dir, *source));
        }
        const std::optional<std::string> kept_back = what_is_left_behind(dir, name_);
        const Result<legacy::Source> gone = legacy::detach_source(dir, name_);
        if (!gone && gone.error().code() == ErrorCode::kNotFound) {
            return context.report(gone.error(), ExitCode::kUsage);
        }
        if (!gone) return fail(gone.error());
        context.done = "the file is detached";
        legacy::Cache cache(dir, *gone);
        if (const Status removed = cache.remove(); !removed) {
            report_note(fmt::format("{} stays, and may be deleted: {}", cache.directory(),
                                    removed.error().message()));
        }
        RETURN_IF_ERROR(publish_attached(*directory, context));
        if (kept_back) report_note(*kept_back);
        const bool is_there = os::exists(gone->path).value_or(true);
        context.out.print("detached '{}': {} {}, and answers no more\n", gone->name, gone->path,
                          is_there ? "is as it was" : "is not there");
        return ExitCode::kOk;
    }

private:
    // What the log does not have of the file, lest somebody deletes it; nullopt: nothing is known
    // to be missing.
    static std::optional<std::string> what_is_left_behind(const ledger::LedgerDir& dir,
                                                          const std::string& name) {
        const auto source = legacy::find_source(dir, name);
        if (!source) return std::nullopt;
        // One that is gone has been asked for already.
        if (!os::exists(source->path).value_or(true)) return std::nullopt;
        const legacy::Cache cache(dir, *source);
        const std::optional<legacy::Cached> cached = cache.published();
        if (!cached) return std::nullopt;
        if (cache.source_problem() || !cache.is_of_file_now(cached->state)) {
            return fmt::format(
                "keep {}: it is not as it was read at {}, and what has changed since is in no "
                "answer "
                "and not in the log",
                source->path, to_iso8601(cached->state.copied_at));
        }
        Result<query::Session> log = query::Session::open(dir.root());
        const Result<bool> is_in_log = log ? has_event(*log, cached->state.import_id) : false;
        if (is_in_log && *is_in_log) return std::nullopt;
        return fmt::format(
            "keep {}: the log does not have all that it says; 'daybook legacy import {}' brings it "
            "in",
            source->path, source->path);
    }

    static Result<bool> has_event(query::Session& log, const std::string& event_id) {
        ASSIGN_OR_RETURN(duck::Rows rows,
                         log.query("SELECT 1 FROM custom_events WHERE event_id = $1", {event_id}));
        return rows.next();
    }

    // Where the file cannot be read any more, the copy that goes is the last one.
    static Status check_nothing_is_lost(const ledger::LedgerDir& dir,
                                        const legacy::Source& source) {
        const legacy::Cache cache(dir, source);
        const std::optional<Error> problem = cache.source_problem();
        if (!problem || !cache.published()) return {};
        const auto keep_on = [] { return !os::interrupted(); };
        const Result<legacy::ImportReport> left = legacy::import_file(
            dir, source.path,
            {.name = source.name,
             .mapping = source.mapping,
             .source = source,
             .dry_run = true,
             .progress = [&](const legacy::ImportProgress&) { return keep_on(); },
             .keep_on = keep_on});
        if (left && left->written == 0) return {};
        if (!left && left.error().code() == ErrorCode::kCancelled) return fail(left.error());
        return fail(problem->code(),
                    "legacy detach: {}; what is kept of it is the last copy, and {}; 'daybook "
                    "legacy import {}' brings its rows into the log, --force gives them up",
                    problem->message(),
                    left ? fmt::format("{} of its rows are not in the log", left->written)
                    : left.error().code() == ErrorCode::kNotFound
                        ? std::string("the log has none of its rows")
                        : left.error().message(),
                    source.name);
    }

    std::string name_;
    bool force_ = false;
};

}  // namespace

extern constinit const CommandInfo kLegacyDetachCommand = {
    .name = "legacy detach",
    .summary = "Takes an attached file out of the answers",
    .details =
        "The file itself is not touched; what was kept of it in index/legacy/ is removed, and the\n"
        "published snapshot is brought up to date.  Runs that only the file has are gone from the\n"
        "answers, unless 'daybook legacy import' has brought them into the log.  If the file is\n"
        "missing or damaged, and its rows are not in the log, it is refused: --force gives them "
        "up.",
    .examples = "daybook legacy detach optimizer",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyDetachCommand>,
};

}  // namespace daybook::cli
