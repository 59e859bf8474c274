#include "index/overlay.h"

#include <utility>

#include <fmt/format.h>

#include "duck/sql.h"
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

}  // namespace

Result<Overlay> Overlay::open(const std::string& root, const std::string& snapshot,
                              const duck::DatabaseOptions& options, Conflicts known) {
    Overlay overlay(root, options.threads, std::move(known));
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open_in_memory(options));
    overlay.database_ = std::make_unique<duck::Database>(std::move(database));
    ASSIGN_OR_RETURN(duck::Connection connection, overlay.database_->connect());
    overlay.connection_ = std::make_unique<duck::Connection>(std::move(connection));
    ASSIGN_OR_RETURN(overlay.upcaster_, registry_upcaster(root));
    if (!snapshot.empty()) RETURN_IF_ERROR(overlay.attach(snapshot));
    if (overlay.obstacle_.empty()) RETURN_IF_ERROR(overlay.find_tail());
    return overlay;
}

std::pair<duck::Database, duck::Connection> Overlay::release() && {
    return {std::move(*database_), std::move(*connection_)};
}

Status Overlay::attach(const std::string& snapshot) {
    RETURN_IF_ERROR(connection_->execute(
        fmt::format("ATTACH {} AS snapshot (READ_ONLY)", duck::quote_literal(snapshot))));
    has_snapshot_ = true;
    const Result<IndexMeta> meta = read_index_meta(*connection_, kCatalog);
    obstacle_ = meta ? meta_obstacle(*meta, upcaster_.id) : meta.error().message();
    return {};
}

Status Overlay::find_tail() {
    std::vector<PartState> states;
    if (has_snapshot_) {
        ASSIGN_OR_RETURN(states, read_index_parts(*connection_, kCatalog));
    }
    ASSIGN_OR_RETURN(work_, find_work(layout_, states));
    ASSIGN_OR_RETURN(obstacle_, tail_obstacle(layout_, states, work_));
    for (const PartWork& part : work_) tail_bytes_ += part.size - ByteOffset(part.state.bytes);
    return {};
}

Status Overlay::skip_tail() {
    if (has_snapshot_) return connection_->execute("USE snapshot");
    return create_index(*connection_, Generation(0), upcaster_.id);
}

Status Overlay::apply(const std::function<bool()>& keep_on) {
    if (work_.empty()) return skip_tail();
    if (!has_snapshot_) {
        RETURN_IF_ERROR(create_index(*connection_, Generation(0), upcaster_.id));
        ASSIGN_OR_RETURN(Fold fold, Fold::open(*connection_));
        return apply_batches(fold, keep_on);
    }
    ASSIGN_OR_RETURN(std::unique_ptr<TailTables> tables, TailTables::create(*connection_));
    TailTables& tail = *tables;
    ASSIGN_OR_RETURN(Fold fold, Fold::open(*connection_, std::move(tables)));
    RETURN_IF_ERROR(apply_batches(fold, keep_on));
    return tail.create_views();
}

Status Overlay::apply_batches(Fold& fold, const std::function<bool()>& keep_on) {
    const unsigned threads = threads_ > 0 ? static_cast<unsigned>(threads_) : os::processor_count();
    BatchReader reader(layout_, std::move(work_),
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
