// daybook legacy detach: an old DuckDB file no longer answers.

#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/legacy_publish.h"
#include "legacy/cache.h"
#include "legacy/import_file.h"
#include "legacy/sources.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "query/fresh.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kLineBytesShown = 400;

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
        std::vector<std::string> left_behind;
        if (const auto source = legacy::find_source(dir, name_)) {
            if (!force_) RETURN_IF_ERROR(check_nothing_is_lost(dir, *source));
            ASSIGN_OR_RETURN(left_behind, what_is_left_behind(dir, *source));
        }
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
        for (const std::string& what : left_behind) {
            report_note(fmt::format("keep {}: {}", gone->path, what));
        }
        const bool is_there = os::exists(gone->path).value_or(true);
        context.out.print("detached '{}': {} {}, and answers no more\n", gone->name, gone->path,
                          is_there ? "is as it was" : "is not there");
        return ExitCode::kOk;
    }

private:
    // What the log does not have of the file, lest somebody deletes it; empty: nothing is known to
    // be missing.
    static Result<std::vector<std::string>> what_is_left_behind(const ledger::LedgerDir& dir,
                                                                const legacy::Source& source) {
        // One that is gone has been asked for already.
        if (!os::exists(source.path).value_or(true)) return std::vector<std::string>();
        const legacy::Cache cache(dir, source);
        const std::optional<legacy::Cached> cached = cache.published();
        if (!cached) return std::vector<std::string>();
        if (cache.source_problem() || !cache.is_of_file_now(cached->state)) {
            return std::vector{
                fmt::format("it is not as it was read at {}, and what has changed since is in no "
                            "answer and not in the log",
                            to_iso8601(cached->state.copied_at))};
        }
        const Result<bool> is_in_log = has_event(dir, cached->state.import_id);
        std::vector<std::string> left_behind;
        if (!is_in_log || !*is_in_log) {
            ASSIGN_OR_RETURN(left_behind, what_the_log_lacks(dir, source));
        }
        for (const legacy::LeftOut& left : cached->state.left_out) {
            left_behind.push_back(fmt::format("in no event: {}: {}", printable(left.table),
                                              printable(left.what, kLineBytesShown)));
        }
        return left_behind;
    }

    // Whether the log has the event, its last ones included.
    static Result<bool> has_event(const ledger::LedgerDir& dir, const std::string& event_id) {
        ASSIGN_OR_RETURN(query::FreshSession log, query::open_fresh(dir.root()));
        ASSIGN_OR_RETURN(
            duck::Rows rows,
            log.session.query("SELECT 1 FROM custom_events WHERE event_id = $1", {event_id}));
        return rows.next();
    }

    // Nobody has said of the log that it has all of the file: which rows it lacks, and the cure.
    static Result<std::vector<std::string>> what_the_log_lacks(const ledger::LedgerDir& dir,
                                                               const legacy::Source& source) {
        const Result<legacy::ImportReport> left = try_import(dir, source);
        if (!left && left.error().code() == ErrorCode::kCancelled) return fail(left.error());
        if (!left) {
            return std::vector{fmt::format("whether the log has all that it says is not known: {}",
                                           left.error().message())};
        }
        std::vector<std::string> lacks;
        if (left->written > 0) {
            lacks.push_back(
                fmt::format("the log does not have {} of the events that its rows are; 'daybook "
                            "legacy import {}' brings them in",
                            human_count(left->written), source.path));
        } else if (left->left_to_log > 0) {
            lacks.push_back(fmt::format(
                "{} of the events that its rows are belong to runs that the log has recorded "
                "itself, "
                "and the log does not have them; 'daybook legacy import {} --also-recorded' brings "
                "them in",
                human_count(left->left_to_log), source.path));
        }
        if (left->changed > 0) {
            lacks.push_back(fmt::format(
                "{} of its rows have changed since they were imported, and the log has what they "
                "were; 'daybook legacy import {} --dry-run' names them",
                human_count(left->changed), source.path));
        }
        return lacks;
    }

    // What an import would do.
    static Result<legacy::ImportReport> try_import(const ledger::LedgerDir& dir,
                                                   const legacy::Source& source) {
        const auto keep_on = [] { return !os::interrupted(); };
        return legacy::import_file(
            dir, source.path,
            {.name = source.name,
             .mapping = source.mapping,
             .source = source,
             .dry_run = true,
             .progress = [&](const legacy::ImportProgress&) { return keep_on(); },
             .keep_on = keep_on});
    }

    // Where the file cannot be read any more, the copy that goes is the last one.
    static Status check_nothing_is_lost(const ledger::LedgerDir& dir,
                                        const legacy::Source& source) {
        const legacy::Cache cache(dir, source);
        const std::optional<Error> problem = cache.source_problem();
        if (!problem || !cache.published()) return {};
        const Result<legacy::ImportReport> left = try_import(dir, source);
        if (left && left->written == 0) return {};
        if (!left && left.error().code() == ErrorCode::kCancelled) return fail(left.error());
        return fail(problem->code(),
                    "legacy detach: {}; what is kept of it is the last copy, and {}; 'daybook "
                    "legacy import {}' brings its rows into the log, --force gives them up",
                    problem->message(),
                    left ? fmt::format("{} of its rows are not in the log", left->written)
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
        "answers, unless 'daybook legacy import' has brought them into the log.  What the log "
        "lacks\n"
        "of the file is said, with what can be done: keep it then.  If the file is missing or\n"
        "damaged, and its rows are not in the log, it is refused: --force gives them up.",
    .examples = "daybook legacy detach optimizer",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyDetachCommand>,
};

}  // namespace daybook::cli
