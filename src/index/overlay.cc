#include "index/overlay.h"

#include <utility>

#include <fmt/format.h>

#include "duck/sql.h"
#include "index/answer_views.h"
#include "index/index_state.h"
#include "index/log_work.h"
#include "os/process.h"

namespace daybook::index {
namespace {

// A tail is small, or memory is short: batches of a build would take a gigabyte.
constexpr std::uint64_t kTailBatchBytes = std::uint64_t{64} << 20;
// Starting a thread takes longer than decoding this.
constexpr std::uint64_t kThreadPaysBytes = std::uint64_t{1} << 20;

constexpr const char* kCatalog = "snapshot.";

std::string snapshot_rows(std::string_view table) { return fmt::format("snapshot.main.{}", table); }
std::string log_rows(std::string_view table) { return fmt::format("log.{}", table); }

}  // namespace

Result<Overlay> Overlay::open(const std::string& root, const std::string& snapshot,
                              const duck::DatabaseOptions& options, Conflicts known) {
    Overlay overlay(root, options.threads, std::move(known));
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open_in_memory(options));
    overlay.database_ = std::make_unique<duck::Database>(std::move(database));
    ASSIGN_OR_RETURN(duck::Connection connection, overlay.database_->connect());
    overlay.connection_ = std::make_unique<duck::Connection>(std::move(connection));
    ASSIGN_OR_RETURN(overlay.upcaster_, registry_upcaster(root));
    if (!snapshot.empty()) RETURN_IF_ERROR(overlay.attach_snapshot(snapshot));
    if (overlay.obstacle_.empty()) RETURN_IF_ERROR(overlay.find_tail());
    return overlay;
}

std::pair<duck::Database, duck::Connection> Overlay::release() && {
    return {std::move(*database_), std::move(*connection_)};
}

Status Overlay::attach_snapshot(const std::string& snapshot) {
    RETURN_IF_ERROR(connection_->execute(
        fmt::format("ATTACH {} AS snapshot (READ_ONLY)", duck::quote_literal(snapshot))));
    has_snapshot_ = true;
    const Result<IndexMeta> meta = read_index_meta(*connection_, kCatalog);
    if (meta) published_sources_ = meta->sources;
    obstacle_ = meta ? meta_obstacle(*meta, upcaster_.id) : meta.error().message();
    return {};
}

Status Overlay::find_tail() {
    std::vector<PartState> states;
    if (has_snapshot_) {
        ASSIGN_OR_RETURN(states, read_index_parts(*connection_, kCatalog));
    }
    ASSIGN_OR_RETURN(work_, find_work(source_, states));
    ASSIGN_OR_RETURN(obstacle_, tail_obstacle(source_, states, work_));
    for (const PartWork& part : work_) tail_bytes_ += part.size - ByteOffset(part.state.bytes);
    return {};
}

Status Overlay::attach_extras(std::span<const ExtraIndex> indexes) {
    ASSIGN_OR_RETURN(extras_, index::attach_extras(*connection_, indexes));
    return {};
}

Status Overlay::answer_from(const LogRows& log_rows) {
    if (extras_.indexes.empty()) return create_answer_views(*connection_, log_rows, extras_);
    RETURN_IF_ERROR(connection_->execute("BEGIN"));
    Status created = create_answer_views(*connection_, log_rows, extras_);
    if (created) return connection_->execute("COMMIT");
    if (created.error().code() == ErrorCode::kCancelled) return created;
    RETURN_IF_ERROR(connection_->execute("ROLLBACK"));
    // What is wrong with a source may not cost the log its answer.
    extras_.notes.push_back(
        fmt::format("the runs of sources are left out: {}", created.error().message()));
    extras_.indexes.clear();
    return create_answer_views(*connection_, log_rows, extras_);
}

Status Overlay::create_empty() {
    // Where sources answer too, the tables' names are those of views over both.
    const bool is_apart = !extras_.indexes.empty();
    if (is_apart) RETURN_IF_ERROR(connection_->execute("CREATE SCHEMA log; USE log"));
    RETURN_IF_ERROR(create_index(*connection_, Generation(0), upcaster_.id));
    if (!is_apart) return {};
    return connection_->execute("CREATE VIEW main.index_meta AS FROM log.index_meta");
}

Status Overlay::skip_tail() {
    if (!has_snapshot_) {
        RETURN_IF_ERROR(create_empty());
        if (extras_.indexes.empty()) return {};
        RETURN_IF_ERROR(connection_->execute("USE memory.main"));
        return answer_from(log_rows);
    }
    // The snapshot's own views are right as long as nothing is to be said beside it.
    if (extras_.indexes.empty() && published_sources_ == 0) {
        return connection_->execute("USE snapshot");
    }
    RETURN_IF_ERROR(
        connection_->execute("CREATE VIEW main.index_meta AS FROM snapshot.main.index_meta"));
    return answer_from(snapshot_rows);
}

Status Overlay::apply(const std::function<bool()>& keep_on) {
    if (work_.empty()) return skip_tail();
    if (!has_snapshot_) {
        RETURN_IF_ERROR(create_empty());
        {
            ASSIGN_OR_RETURN(Fold fold, Fold::open(*connection_));
            RETURN_IF_ERROR(apply_batches(fold, keep_on));
        }
        if (extras_.indexes.empty()) return {};
        RETURN_IF_ERROR(connection_->execute("USE memory.main"));
        return answer_from(log_rows);
    }
    ASSIGN_OR_RETURN(std::unique_ptr<TailTables> tables, TailTables::create(*connection_));
    TailTables& tail = *tables;
    ASSIGN_OR_RETURN(Fold fold, Fold::open(*connection_, std::move(tables)));
    RETURN_IF_ERROR(apply_batches(fold, keep_on));
    return answer_from([&tail](std::string_view table) { return tail.current_rows_of(table); });
}

Status Overlay::apply_batches(Fold& fold, const std::function<bool()>& keep_on) {
    const unsigned threads = threads_ > 0 ? static_cast<unsigned>(threads_) : os::processor_count();
    BatchReader reader(source_, std::move(work_),
                       {.threads = tail_bytes_ < kThreadPaysBytes ? 1 : threads,
                        .batch_bytes = kTailBatchBytes,
                        .upcaster = upcaster_.upcaster.get()});
    while (true) {
        ASSIGN_OR_RETURN(std::optional<Batch> batch, reader.next());
        if (!batch) return {};
        if (keep_on && !keep_on()) {
            return fail(ErrorCode::kCancelled, "read the log's tail: stopped");
        }
        ASSIGN_OR_RETURN(const Applied applied, fold.apply(*batch, conflicts_));
        if (!applied.displaced.empty()) {
            for (const auto& [id, content] : applied.displaced) conflicts_[id] = content;
            return fail(ErrorCode::kCorrupt,
                        "apply the log's tail: events that are indexed have lost to others of the "
                        "same id");
        }
    }
}

}  // namespace daybook::index
