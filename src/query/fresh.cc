#include "query/fresh.h"

#include <optional>
#include <utility>

#include "index/builder.h"
#include "index/index_layout.h"
#include "index/overlay.h"
#include "index/tables.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "os/file.h"

namespace daybook::query {
namespace {

// Snapshots and parts do not go often: a ledger that loses one at each look is in other trouble.
constexpr int kAttempts = 5;

// Whether what an overlay was made of went away while it was made: a snapshot, or a part of the
// log.
Result<bool> has_gone_meanwhile(const std::string& snapshot, const Error& error) {
    if (snapshot.empty()) {
        if (error.code() == ErrorCode::kNotFound) return true;
        return fail(error);
    }
    ASSIGN_OR_RETURN(const bool is_there, os::exists(snapshot));
    return !is_there;
}

// The search for an overlay that can answer.
class Opening {
public:
    Opening(const std::string& root, const FreshOptions& options)
        : root_(root), options_(options) {}

    Result<FreshSession> run();

private:
    // nullopt: what was there has gone, look again.
    Result<std::optional<Session>> attempt();
    Result<std::optional<Session>> answer(index::Overlay overlay, const std::string& snapshot);
    // Answers from the whole log, in memory.
    Result<std::optional<Session>> answer_from_log(index::Conflicts known);
    // Answers without the log, which cannot be read.
    Result<std::optional<Session>> answer_from_snapshot(const std::string& snapshot,
                                                        const Error& unreadable);
    Result<Session> session_over(index::Overlay overlay, const std::string& snapshot);
    // Asks which indexes answer beside the log's.
    Status find_extras();
    // False: one of them has gone since it was named, look again.
    Result<bool> attach_extras(index::Overlay& overlay);
    // Builds the index, once; whether there is a new one.
    Result<bool> build(bool is_broken);

    const std::string& root_;
    const FreshOptions& options_;
    bool has_tried_ = false;
    std::string not_built_;  // why
    std::string note_;
    std::string rebuilt_;
    std::vector<std::string> mended_;
    std::optional<ExtraIndexes> extras_;  // unset: to be asked for
    std::vector<std::string> attach_notes_;
    int extras_gone_ = 0;
};

Status Opening::find_extras() {
    if (extras_) return {};
    if (options_.extra == nullptr) {
        extras_.emplace();
        ASSIGN_OR_RETURN(const std::optional<std::string> named,
                         ledger::manifest_value(ledger::LedgerDir(root_), "legacy"));
        if (named && *named != "[]" && *named != "null") {
            extras_->notes.emplace_back(
                "old files are attached to this ledger, and this program was built without what "
                "reads them: their runs are left out");
        }
        return {};
    }
    ASSIGN_OR_RETURN(extras_, options_.extra->refresh(root_, {.keep_on = options_.keep_on}));
    return {};
}

Result<bool> Opening::attach_extras(index::Overlay& overlay) {
    RETURN_IF_ERROR(overlay.attach_extras(extras_->indexes));
    if (overlay.extras().has_gone && ++extras_gone_ < kAttempts) {
        extras_.reset();
        return false;
    }
    return true;
}

Result<bool> Opening::build(bool is_broken) {
    if (has_tried_) return false;
    has_tried_ = true;
    index::BuildOptions build_options{.wait_ms = options_.wait_ms,
                                      .republish = is_broken,
                                      .threads = static_cast<unsigned>(options_.session.threads),
                                      .memory_bytes_max = options_.session.memory_bytes_max};
    if (options_.extra != nullptr) build_options.extras = extras_->indexes;
    if (options_.keep_on) {
        build_options.progress = [this](const index::BuildProgress&) { return options_.keep_on(); };
    }
    const Result<index::BuildReport> built = index::build(root_, build_options);
    if (built) {
        rebuilt_ = built->rebuilt;
        mended_ = built->notes;
        return true;
    }
    const ErrorCode code = built.error().code();
    if (code == ErrorCode::kUnsupported || code == ErrorCode::kCancelled) {
        return fail(built.error());
    }
    not_built_ = built.error().message();
    return false;
}

Result<std::optional<Session>> Opening::answer(index::Overlay overlay,
                                               const std::string& snapshot) {
    ASSIGN_OR_RETURN(const bool is_attached, attach_extras(overlay));
    if (!is_attached) return std::nullopt;
    const Status applied = overlay.apply(options_.keep_on);
    if (!applied) {
        const ErrorCode code = applied.error().code();
        if (code == ErrorCode::kNotFound) return std::nullopt;
        if (code != ErrorCode::kCorrupt) return fail(applied.error());
        ASSIGN_OR_RETURN(const bool is_built, build(true));
        if (is_built) return std::nullopt;
        note_ = fmt::format("the whole log was read for this answer alone: {}", not_built_);
        return answer_from_log(overlay.conflicts());
    }
    ASSIGN_OR_RETURN(Session session, session_over(std::move(overlay), snapshot));
    return session;
}

Result<std::optional<Session>> Opening::answer_from_log(index::Conflicts known) {
    // Each round knows more conflicts, and each conflict's content only gets less.
    while (true) {
        ASSIGN_OR_RETURN(
            index::Overlay whole,
            index::Overlay::open(root_, "", database_options(options_.session), known));
        ASSIGN_OR_RETURN(const bool is_attached, attach_extras(whole));
        if (!is_attached) return std::nullopt;
        const Status applied = whole.apply(options_.keep_on);
        if (applied) {
            ASSIGN_OR_RETURN(Session session, session_over(std::move(whole), ""));
            return session;
        }
        if (applied.error().code() == ErrorCode::kNotFound) return std::nullopt;
        if (applied.error().code() != ErrorCode::kCorrupt || whole.conflicts() == known) {
            return fail(applied.error());
        }
        known = whole.conflicts();
    }
}

Result<Session> Opening::session_over(index::Overlay overlay, const std::string& snapshot) {
    attach_notes_ = overlay.extras().notes;
    SessionOptions options = options_.session;
    options.with_sources = !overlay.extras().indexes.empty();
    auto [database, connection] = std::move(overlay).release();
    return Session::over(snapshot, std::move(database), std::move(connection), options);
}

Result<std::optional<Session>> Opening::attempt() {
    note_.clear();
    RETURN_IF_ERROR(find_extras());
    // Whatever is in the place of index/, the log can answer.
    const Result<std::string> found = newest_snapshot(root_);
    const std::string snapshot = found ? *found : std::string();
    if (!found) note_ = fmt::format("the whole log was read: {}", found.error().message());
    const duck::DatabaseOptions database = database_options(options_.session);
    Result<index::Overlay> overlay = index::Overlay::open(root_, snapshot, database);
    if (!overlay) {
        if (overlay.error().code() == ErrorCode::kUnsupported) return fail(overlay.error());
        ASSIGN_OR_RETURN(const bool has_gone, has_gone_meanwhile(snapshot, overlay.error()));
        if (has_gone) return std::nullopt;
    }
    const std::string obstacle = overlay ? overlay->obstacle() : overlay.error().message();
    const bool is_long = overlay && overlay->tail_bytes() > options_.tail_bytes_max;
    if (!obstacle.empty() || is_long) {
        ASSIGN_OR_RETURN(const bool is_built, build(!overlay));
        if (is_built) return std::nullopt;
    }
    if (obstacle.empty()) {
        if (is_long) {
            note_ = fmt::format(
                "{} bytes of the log are not indexed, and were read for this "
                "answer alone: {}",
                overlay->tail_bytes(), not_built_);
        }
        return answer(std::move(*overlay), snapshot);
    }
    note_ = fmt::format(
        "the snapshot cannot be used ({}), so the whole log was read for this "
        "answer alone: {}",
        obstacle, not_built_);
    Result<std::optional<Session>> from_log = answer_from_log({});
    const bool is_unreadable = !from_log && from_log.error().code() != ErrorCode::kCancelled;
    if (!is_unreadable || !options_.stale_if_unreadable || snapshot.empty()) return from_log;
    return answer_from_snapshot(snapshot, from_log.error());
}

// Old answers that say so are better than none: a day that nobody can read may lie years back.
Result<std::optional<Session>> Opening::answer_from_snapshot(const std::string& snapshot,
                                                             const Error& unreadable) {
    SessionOptions options = options_.session;
    options.with_sources = true;
    ASSIGN_OR_RETURN(Session session, Session::open_file(snapshot, options));
    note_ = fmt::format(
        "the log cannot be read, so this is what the index had at its last build: {}; 'daybook "
        "doctor' says what to do",
        unreadable.message());
    return session;
}

Result<FreshSession> Opening::run() {
    for (int i = 0; i < kAttempts; ++i) {
        ASSIGN_OR_RETURN(std::optional<Session> session, attempt());
        if (session) {
            std::vector<std::string> notes = std::move(extras_->notes);
            notes.insert(notes.end(), attach_notes_.begin(), attach_notes_.end());
            return FreshSession{.session = std::move(*session),
                                .note = std::move(note_),
                                .rebuilt = std::move(rebuilt_),
                                .mended = std::move(mended_),
                                .source_notes = std::move(notes)};
        }
    }
    return fail(ErrorCode::kIo,
                "open index of {}: snapshots or parts of the log went away at each of {} attempts",
                root_, kAttempts);
}

// Of a snapshot that another version has made; it answers what it can.
std::string format_note(Session& session) {
    Result<duck::Rows> rows = session.query("SELECT format FROM index_meta");
    if (!rows || !rows->next().value_or(false)) return {};
    const std::int64_t format = rows->get_int64(0);
    if (format == index::kIndexFormat) return {};
    return fmt::format(
        "the snapshot's tables have format {}, this program's have {}: what asks "
        "for others fails; 'daybook index' makes it anew",
        format, index::kIndexFormat);
}

}  // namespace

Result<FreshSession> open_fresh(const std::string& root, const FreshOptions& options) {
    if (options.snapshot_only) {
        SessionOptions session_options = options.session;
        session_options.with_sources = true;
        ASSIGN_OR_RETURN(Session session, Session::open(root, session_options));
        std::string note = format_note(session);
        return FreshSession{.session = std::move(session), .note = std::move(note)};
    }
    RETURN_IF_ERROR(ledger::check_format(ledger::LedgerDir(root)));
    return Opening(root, options).run();
}

}  // namespace daybook::query
