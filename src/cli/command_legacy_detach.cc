// daybook legacy detach: an old DuckDB file no longer answers.

#include <optional>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "base/calendar.h"
#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/legacy_publish.h"
#include "legacy/cache.h"
#include "legacy/import_file.h"
#include "legacy/source_copy.h"
#include "legacy/sources.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "query/fresh.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kLineBytesShown = 400;
constexpr std::size_t kRunBytesShown = 60;

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
    // A copy of a file that stays, or the last one there is.
    enum class Goes { kCopyOnly, kLastCopy };

    // What the log does not have of the file, lest somebody deletes it; empty: nothing is known to
    // be missing.
    static Result<std::vector<std::string>> what_is_left_behind(const ledger::LedgerDir& dir,
                                                                const legacy::Source& source) {
        // One that is gone has been asked for already.
        if (!os::exists(source.path).value_or(true)) return std::vector<std::string>();
        const legacy::Cache cache(dir, source);
        const std::optional<legacy::Cached> cached = cache.published();
        if (!cached) return std::vector<std::string>();
        const std::optional<Error> problem = cache.source_problem();
        if (problem && is_as_read(source, cached->state)) {
            return std::vector{fmt::format("whether the log has all that it says is not known: {}",
                                           problem->message())};
        }
        if (problem || !cache.is_of_file_now(cached->state)) {
            return std::vector{
                fmt::format("it is not as it was read at {}, and what has changed since is in no "
                            "answer and not in the log",
                            to_iso8601(cached->state.copied_at))};
        }
        return what_the_log_lacks(dir, source, cached->state, Goes::kCopyOnly);
    }

    // Whether the file is what was copied: what is in the way of reading it is its mapping, then.
    static bool is_as_read(const legacy::Source& source, const legacy::CacheState& state) {
        const Result<std::string> version = legacy::source_version(source.path);
        return version && *version == state.version;
    }

    // Whether the log has the event, its last ones included.
    static Result<bool> has_event(const ledger::LedgerDir& dir, const std::string& event_id) {
        ASSIGN_OR_RETURN(query::FreshSession log, query::open_fresh(dir.root()));
        ASSIGN_OR_RETURN(
            duck::Rows rows,
            log.session.query("SELECT 1 FROM custom_events WHERE event_id = $1", {event_id}));
        return rows.next();
    }

    // The runs that the log has recorded too, and for which the file answers: those from before its
    // cut-over.  An import leaves them to the log, and says all the same that it has all.
    static Result<std::vector<std::string>> shared_runs_of_file(const ledger::LedgerDir& dir,
                                                                const std::string& name) {
        ASSIGN_OR_RETURN(query::FreshSession both,
                         query::open_fresh(dir.root(), {.extra = extra_source(), .keep_on = [] {
                                                            return !os::interrupted();
                                                        }}));
        ASSIGN_OR_RETURN(
            duck::Rows rows,
            both.session.query("SELECT run_id FROM _legacy.shared_runs WHERE in_log AND source = "
                               "'legacy' AND NOT only_described AND first_source = $1 ORDER BY 1",
                               {name}));
        std::vector<std::string> runs;
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) return runs;
            runs.emplace_back(rows.get_string(0));
        }
    }

    static Result<std::vector<std::string>> what_the_log_lacks(const ledger::LedgerDir& dir,
                                                               const legacy::Source& source,
                                                               const legacy::CacheState& state,
                                                               Goes goes) {
        const Result<bool> is_in_log = has_event(dir, state.import_id);
        const bool is_imported = is_in_log && *is_in_log;
        const Result<std::vector<std::string>> shared = shared_runs_of_file(dir, source.name);
        std::vector<std::string> lacks;
        if (!is_imported || !shared || !shared->empty()) {
            ASSIGN_OR_RETURN(lacks, which_events_it_lacks(dir, source, shared, is_imported, goes));
        }
        for (const legacy::LeftOut& left : state.left_out) {
            lacks.push_back(fmt::format("in no event: {}: {}", printable(left.table),
                                        printable(left.what, kLineBytesShown)));
        }
        return lacks;
    }

    // Which rows the log lacks, and the cure.
    static Result<std::vector<std::string>> which_events_it_lacks(
        const ledger::LedgerDir& dir, const legacy::Source& source,
        const Result<std::vector<std::string>>& shared, bool is_imported, Goes goes) {
        const Result<legacy::ImportReport> left =
            shared ? try_import(dir, source) : Result<legacy::ImportReport>(fail(shared.error()));
        if (!left && left.error().code() == ErrorCode::kCancelled) return fail(left.error());
        if (!left) {
            return std::vector{fmt::format("whether the log has all that it says is not known: {}",
                                           left.error().message())};
        }
        // Afterwards the name is that of no file, and without the file its path is not.
        const std::string& file = goes == Goes::kLastCopy ? source.name : source.path;
        std::vector<std::string> lacks;
        if (left->written > 0) {
            lacks.push_back(
                fmt::format("the log does not have {} of the events that its rows are; 'daybook "
                            "legacy import {}' brings them in",
                            human_count(left->written), file));
        }
        std::uint64_t of_file = 0;
        std::string run_of_file;
        for (const std::string& run : *shared) {
            const auto found = left->left_by_run.find(run);
            if (found == left->left_by_run.end()) continue;
            if (of_file == 0) run_of_file = run;
            of_file += found->second;
        }
        // Of what the log answers for, an import names what it leaves out, and nothing is lost of
        // the answers.
        const bool is_told = left->written > 0 || is_imported || goes == Goes::kLastCopy;
        if (of_file > 0) {
            lacks.push_back(fmt::format(
                "{} of the events that its rows are belong to runs that the log has recorded "
                "itself, but for which the file answers, such as {}, and the log does not have "
                "them; 'daybook legacy import {} --also-recorded' brings them in",
                human_count(of_file), printable(run_of_file, kRunBytesShown), file));
        } else if (left->left_to_log > 0 && !is_told) {
            lacks.push_back(fmt::format(
                "{} of the events that its rows are belong to runs that the log has recorded "
                "itself, "
                "and the log does not have them; 'daybook legacy import {} --also-recorded' brings "
                "them in",
                human_count(left->left_to_log), file));
        }
        if (left->changed > 0) {
            lacks.push_back(fmt::format(
                "{} of its rows have changed since they were imported, and the log has what they "
                "were; 'daybook legacy import {} --dry-run' names them",
                human_count(left->changed), file));
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
        const std::optional<legacy::Cached> cached = cache.published();
        if (!problem || !cached || is_as_read(source, cached->state)) return {};
        ASSIGN_OR_RETURN(const std::vector<std::string> lost,
                         what_the_log_lacks(dir, source, cached->state, Goes::kLastCopy));
        if (lost.empty()) return {};
        return fail(problem->code(),
                    "legacy detach: {}; what is kept of it, {}, is the last copy: {}; --force "
                    "gives that up",
                    problem->message(), os::join_path(cache.directory(), cached->state.copy),
                    fmt::to_string(fmt::join(lost, "; ")));
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
        "damaged, and the log lacks something of what it answers with, or something of it is in\n"
        "no event, it is refused: --force gives that up.",
    .examples = "daybook legacy detach optimizer",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyDetachCommand>,
};

}  // namespace daybook::cli
