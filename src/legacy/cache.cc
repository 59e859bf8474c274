#include "legacy/cache.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "legacy/age.h"
#include "legacy/cache_recipe.h"
#include "legacy/cache_rows.h"
#include "legacy/cache_sweep.h"
#include "legacy/refresh_policy.h"
#include "legacy/source_copy.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::legacy {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr int kLockTryMs = 200;
// How long a file that is being written to is tried again at least where nothing is published yet.
constexpr int kFirstCopyWaitMs = 500;

// Waits in steps, so that a wish to stop is heard.
Result<os::LockFile> lock_patiently(const std::string& path, int wait_ms,
                                    const RefreshOptions& options) {
    const std::int64_t deadline_ns =
        options.clock->monotonic_ns() + std::int64_t{wait_ms} * 1'000'000;
    while (true) {
        Result<os::LockFile> lock = os::LockFile::acquire(path, std::min(wait_ms, kLockTryMs));
        if (lock || lock.error().code() != ErrorCode::kBusy) return lock;
        if (options.keep_on && !options.keep_on()) {
            return fail(ErrorCode::kCancelled, "lock {}: stopped", path);
        }
        if (options.clock->monotonic_ns() >= deadline_ns) return lock;
    }
}

}  // namespace

Cache::Cache(const ledger::LedgerDir& dir, Source source)
    : ledger_(dir),
      source_(std::move(source)),
      directory_(dir.index_dir() + "/legacy/" + source_.name) {}

std::optional<CacheState> Cache::read_state() const {
    const Result<std::string> text = os::read_file(path_of("state.json"), kFileBytesMax);
    if (!text) return std::nullopt;
    std::optional<CacheState> state = decode_cache_state(*text);
    // Another file that had this name before.
    if (state && state->source != source_.path) return std::nullopt;
    return state;
}

std::optional<Error> Cache::source_problem() const {
    const Result<CacheRecipe> wanted = read_recipe(ledger_, source_);
    if (!wanted) return wanted.error();
    if (!wanted->file) return wanted->file.error();
    return known_refusal(*wanted, {});
}

Result<bool> Cache::is_read_as_wanted(const CacheState& state) const {
    ASSIGN_OR_RETURN(const CacheRecipe wanted, read_recipe(ledger_, source_));
    return wanted.text == state.recipe;
}

bool Cache::is_of_file_now(const CacheState& state) const {
    const Result<CacheRecipe> wanted = read_recipe(ledger_, source_);
    return wanted && wanted->is_what(state);
}

Result<SourceCopy> Cache::copy_last_copy(const std::string& target, int wait_ms,
                                         const std::function<bool()>& keep_on) const {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(directory_));
    if (!is_there) return fail(ErrorCode::kNotFound, "{}: no copy of it is kept", source_.path);
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(path_of("lock"), wait_ms));
    const std::optional<CacheState> state = read_state();
    if (!state) return fail(ErrorCode::kNotFound, "{}: no copy of it is kept", source_.path);
    ASSIGN_OR_RETURN(SourceCopy copied,
                     copy_source(path_of(state->copy), target, {.keep_on = keep_on}));
    copied.sha256 = state->sha256;
    copied.copied_at = state->copied_at;
    return copied;
}

std::optional<Cached> Cache::published() const {
    std::optional<CacheState> state = read_state();
    if (!state) return std::nullopt;
    std::string snapshot = path_of(state->answers);
    if (!os::exists(snapshot).value_or(false)) return std::nullopt;
    return Cached{.state = std::move(*state), .snapshot = std::move(snapshot)};
}

Cached Cache::stale(Cached cached, const Error& why, const Clock& clock) const {
    const TimestampMs copied = cached.state.copied_at;
    cached.note = fmt::format("source '{}': {}; the answers are those of the copy of {}, {} old",
                              source_.name, why.message(), to_iso8601(copied),
                              age_text(clock.now().value() - copied.value()));
    return cached;
}

Result<Cached> Cache::refresh(const RefreshOptions& options) {
    std::optional<Cached> before = published();
    const auto answer_with = [&](const Error& why) -> Result<Cached> {
        if (!before || why.code() == ErrorCode::kCancelled) return fail(why);
        return stale(std::move(*before), why, *options.clock);
    };
    const Result<CacheRecipe> wanted = read_recipe(ledger_, source_);
    if (!wanted) return answer_with(wanted.error());
    if (before && wanted->is_what(before->state)) return std::move(*before);
    if (!before && !wanted->file) return fail(wanted->file.error());

    if (const std::optional<Error> refused = known_refusal(*wanted, options)) {
        return answer_with(*refused);
    }
    if (before && options.is_question) {
        const auto why = not_now(*wanted, before->state, *options.clock);
        if (why) return answer_with(*why);
    }

    const bool waits = !before || options.at_once;
    const Result<os::LockFile> lock = take_lock(waits ? options.wait_ms : 0, options);
    if (!lock && lock.error().code() == ErrorCode::kBusy && before) {
        return answer_with(Error(ErrorCode::kBusy, "another process is about to read its changes"));
    }
    if (!lock) return answer_with(lock.error());
    // It may have changed while another process was waited for.
    const Result<CacheRecipe> now = read_recipe(ledger_, source_);
    if (!now) return answer_with(now.error());
    return refresh_locked(*now, options);
}

// The directory may be removed between its making and the lock, by a detach: then it is made again.
Result<os::LockFile> Cache::take_lock(int wait_ms, const RefreshOptions& options) const {
    constexpr int kAttempts = 3;
    for (int attempt = 1;; ++attempt) {
        RETURN_IF_ERROR(os::make_dirs(directory_));
        Result<os::LockFile> lock = lock_patiently(path_of("lock"), wait_ms, options);
        const bool is_gone = !lock && lock.error().code() == ErrorCode::kNotFound;
        if (!is_gone || attempt == kAttempts) return lock;
    }
}

std::optional<Error> Cache::known_refusal(const CacheRecipe& wanted,
                                          const RefreshOptions& options) const {
    const Result<std::string> text = os::read_file(path_of("refused.json"), kFileBytesMax);
    if (!text || !wanted.file) return std::nullopt;
    const std::optional<Refusal> refusal = decode_refusal(*text);
    if (!refusal) return std::nullopt;
    return still_refused(*refusal, wanted.file->version, wanted.reader(), options.clock->now(),
                         options.at_once);
}

std::optional<Error> Cache::not_now(const CacheRecipe& wanted, const CacheState& last,
                                    const Clock& clock) const {
    // What was read otherwise is no answer to this question.
    const bool is_readable = wanted.file && wanted.text == last.recipe;
    if (!is_readable || is_due(last, wanted.file->bytes, clock.now())) return std::nullopt;
    return Error(ErrorCode::kBusy,
                 fmt::format("it has changed, and reading it takes about {}: 'daybook index' or "
                             "the daemon does that",
                             age_text(expected_ms(last, wanted.file->bytes))));
}

// Best effort: without it the file is copied once more, to find out the same.  It was copied after
// it was looked at; if it changed between, its version is no longer this one, and never will be.
void Cache::remember(const CacheRecipe& wanted, const Status& outcome, std::int64_t took_ms,
                     const Clock& clock) const {
    const std::string path = path_of("refused.json");
    if (outcome) {
        (void)os::remove_file(path);
        return;
    }
    if (!is_worth_remembering(outcome.error().code(), took_ms)) return;
    (void)os::write_file_atomic(
        path, encode_refusal({.version = wanted.file ? wanted.file->version : std::string(),
                              .reader = wanted.reader(),
                              .code = outcome.error().code(),
                              .message = outcome.error().message(),
                              .failed_at = clock.now(),
                              .took_ms = took_ms}));
}

Result<Cached> Cache::refresh_locked(const CacheRecipe& wanted, const RefreshOptions& options) {
    // Somebody else may have done it while this process waited.
    std::optional<Cached> before = published();
    if (before && wanted.is_what(before->state)) return std::move(*before);
    if (options.keep_on && !options.keep_on()) {
        return fail(ErrorCode::kCancelled, "read {}: stopped", source_.path);
    }

    const std::int64_t begun_ns = options.clock->monotonic_ns();
    const Status outcome =
        bring_up_to_date(before ? std::optional(before->state) : std::nullopt, wanted, options);
    const std::int64_t passed_ms = (options.clock->monotonic_ns() - begun_ns) / 1'000'000;
    // To wait for whoever holds the file costs nothing.
    remember(wanted, outcome, std::max<std::int64_t>(passed_ms - options.copy_wait_ms, 0),
             *options.clock);
    std::optional<Cached> after = published();
    if (outcome && after) return std::move(*after);
    if (outcome) {
        return fail(ErrorCode::kIo, "read {}: what was written there a moment ago is not there",
                    path_of("state.json"));
    }
    if (!after || outcome.error().code() == ErrorCode::kCancelled) return fail(outcome.error());
    return stale(std::move(*after), outcome.error(), *options.clock);
}

Status Cache::bring_up_to_date(const std::optional<CacheState>& before, const CacheRecipe& wanted,
                               RefreshOptions options) const {
    CacheState state = before ? *before : CacheState{.source = source_.path};
    if (!before) options.copy_wait_ms = std::max(options.copy_wait_ms, kFirstCopyWaitMs);
    std::int64_t begun_ns = options.clock->monotonic_ns();
    const Result<std::int64_t> waited_ms = update_copy(state, options);
    Status copied = waited_ms.map([](const auto&) {});
    begun_ns += waited_ms.value_or(0) * 1'000'000;
    const bool is_other_recipe = state.recipe != wanted.text;
    // An older copy serves where only the way of reading it has changed.
    const bool may_go_on =
        copied || (before && is_other_recipe && copied.error().code() != ErrorCode::kCancelled);
    if (!may_go_on) return copied;
    if (is_other_recipe || !before || before->sha256 != state.sha256) {
        if (const Status filled = make_rows(directory_, source_.name, wanted, options, state);
            !filled) {
            // It may be large, and the file may be another when it is tried again.
            const bool goes_on = filled.error().code() == ErrorCode::kCancelled;
            (void)remove_unnamed(directory_, before.value_or(CacheState{}), goes_on);
            return filled;
        }
        state.took_ms = (options.clock->monotonic_ns() - begun_ns) / 1'000'000;
    }
    RETURN_IF_ERROR(os::write_file_atomic(path_of("state.json"), encode_cache_state(state)));
    os::kill_point(os::KillPoint::kLegacyStateWritten);
    // What stays is in nobody's way, and goes the next time.
    (void)remove_unnamed(directory_, state, false);
    os::kill_point(os::KillPoint::kLegacyOldRemoved);
    return copied;
}

Result<std::int64_t> Cache::update_copy(CacheState& state, const RefreshOptions& options) const {
    const std::string incoming = path_of(std::string(kIncoming));
    const Result<SourceCopy> copied = copy_source(
        source_.path, incoming,
        {.wait_ms = options.copy_wait_ms, .keep_on = options.keep_on, .clock = options.clock});
    if (!copied) {
        // It may be large, and is of no use.
        (void)os::remove_file(incoming);
        (void)os::remove_file(incoming + ".wal");
        return fail(copied.error());
    }
    const std::string name = copy_name(copied->sha256);
    RETURN_IF_ERROR(os::rename(incoming, path_of(name)));
    RETURN_IF_ERROR(os::sync_dir(directory_));
    os::kill_point(os::KillPoint::kLegacyCopyNamed);
    state.version = copied->version;
    state.bytes = copied->bytes;
    state.sha256 = copied->sha256;
    state.copied_at = copied->copied_at;
    state.copy = name;
    return copied->waited_ms;
}

Status Cache::remove() {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(directory_));
    if (!is_there) return {};
    ASSIGN_OR_RETURN(const os::LockFile lock, os::LockFile::acquire(path_of("lock"), 0));
    // Out of the way in one step: whoever comes now makes another, with a lock of its own.
    const std::string gone = removed_cache_path(directory_);
    RETURN_IF_ERROR(os::remove_tree(gone));
    RETURN_IF_ERROR(os::rename(directory_, gone));
    return os::remove_tree(gone);
}

}  // namespace daybook::legacy
