// The index as it would be after a build, without one: a snapshot with the log's tail over it, in
// memory.  Nothing is written and nobody is waited for.
//
//     ASSIGN_OR_RETURN(Overlay overlay, Overlay::open(root, snapshot, options));
//     RETURN_IF_ERROR(overlay.attach_extras(indexes));  // where there are any
//     if (overlay.obstacle().empty()) RETURN_IF_ERROR(overlay.apply());
//     auto [database, connection] = std::move(overlay).release();
//
// The tail is applied by the same code as a build applies it (fold.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "archive/log_source.h"
#include "base/result.h"
#include "duck/database.h"
#include "index/batch_reader.h"
#include "index/extra_tables.h"
#include "index/fold.h"
#include "index/registry_upcaster.h"
#include "index/tail_tables.h"
#include "index/winners.h"
#include "ledger/ledger_dir.h"

namespace daybook::index {

// One thread at a time.
class Overlay {
public:
    // Attaches `snapshot`, a published file, and looks at what the log of the ledger in `root` has
    // beyond it.  An empty path: there is no snapshot, and the tail is the whole log.  `known` are
    // conflicts that an earlier overlay has met.
    static Result<Overlay> open(const std::string& root, const std::string& snapshot,
                                const duck::DatabaseOptions& options, Conflicts known = {});

    // Why the tail cannot be put over this snapshot: it was made by another builder, or the log is
    // not the one it was made from.  Empty: it can.
    const std::string& obstacle() const { return obstacle_; }
    // How many bytes the log has beyond the snapshot, an unfinished last line included.
    std::uint64_t tail_bytes() const { return tail_bytes_; }

    // Has the runs of these answered too, beside those of the log.  Once, before the tail is read.
    Status attach_extras(std::span<const ExtraIndex> indexes);
    const AttachedExtras& extras() const { return extras_; }

    // Reads the tail.  Once, before the first question; `keep_on`, if set, is asked now and then.
    // kNotFound: a part has gone since open(); kCorrupt: an event that has been applied loses to
    // one that came after it, and all must be applied anew; kCancelled: `keep_on` said no.  After
    // an error the overlay is of no use, but for its conflicts.
    Status apply(const std::function<bool()>& keep_on = {});
    const Conflicts& conflicts() const { return conflicts_; }
    // Answers without the tail.  In place of apply().
    Status skip_tail();

    // The database to ask, and the connection that has opened it.
    std::pair<duck::Database, duck::Connection> release() &&;

private:
    Overlay(const std::string& root, std::size_t threads, Conflicts known)
        : source_(archive::log_source(ledger::LedgerDir(root))),
          threads_(threads),
          conflicts_(std::move(known)) {}
    Status attach_snapshot(const std::string& snapshot);
    Status find_tail();
    // Makes the tables of an empty index for the whole log to be applied to.
    Status create_empty();
    Status answer_from(const LogRows& log_rows);
    Status apply_batches(Fold& fold, const std::function<bool()>& keep_on);

    log::LogSource source_;
    std::size_t threads_;  // 0: one for each processor
    Conflicts conflicts_;
    bool has_snapshot_ = false;
    std::size_t published_sources_ = 0;  // that the snapshot's own views answer from
    AttachedExtras extras_;
    std::string obstacle_;
    std::uint64_t tail_bytes_ = 0;
    LedgerUpcaster upcaster_;
    std::vector<PartWork> work_;
    // In the order in which they may not outlive each other.
    std::unique_ptr<duck::Database> database_;
    std::unique_ptr<duck::Connection> connection_;
};

}  // namespace daybook::index
