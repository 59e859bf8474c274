// Applies batches of events to the tables of the index: the one place where events become rows.
//
// The tables are a pure function of the *set* of events: the order of batches, their sizes, and
// copies of events make no difference.  A full build, an incremental one and a tail in memory all
// call apply().
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/hash.h"
#include "base/result.h"
#include "duck/connection.h"
#include "index/batch.h"
#include "index/table_store.h"
#include "index/winners.h"

namespace daybook::index {

struct Applied {
    std::uint64_t events = 0;      // that changed something or could have
    std::uint64_t duplicates = 0;  // copies of others
    std::uint64_t conflicts = 0;   // other contents under an id that was taken
    // Not empty: contents that the index holds have lost to contents of the batch.  Nothing was
    // applied: the tables must be built again, with these conflicts known from the start.
    Conflicts displaced;
};

// A day out of which a retention has removed lines: what a manifest of an archive says.
struct RetentionMark {
    std::string event_id{};  // of its ledger.retained
    Day day{};
    auto operator<=>(const RetentionMark&) const = default;
};

// A part that is to be read again from its beginning.
struct PartToReadAgain {
    std::string name;
    // The retentions that are accounted for.  Kept beside the cursor that begins anew: where the
    // part has seen more by the time it is read, the next look notices.
    std::uint64_t rewrites = 0;
};

// What is to be taken out of the tables, because retention has taken it out of the log.
struct Forgotten {
    std::vector<std::string> runs{};  // their rows go, all of them
    std::vector<PartToReadAgain> parts{};
    std::vector<RetentionMark> marks{};  // what is then accounted for
};

class Fold {
public:
    // Over the tables of `connection`'s database; it must outlive the fold, and no other fold may
    // use its database.
    static Result<Fold> open(duck::Connection& connection);
    // Over those of `store`, which works on the same connection; `index_meta` is the connection's.
    static Result<Fold> open(duck::Connection& connection, std::unique_ptr<TableStore> store);
    Fold(Fold&&) noexcept;
    Fold& operator=(Fold&&) noexcept;
    ~Fold();

    // Applies the batch in one transaction, with its cursors, its damage and the digest.  On an
    // error nothing has been applied.  The batch is used up.
    Result<Applied> apply(Batch& batch, const Conflicts& conflicts);

    // Days on which events lie that rows of these runs were made of: at least those that a row
    // could not be made again without.
    Result<std::set<Day>> days_of(const std::vector<std::string>& runs);
    // Whether an event of one of these runs counts and another one, of any run, does not because of
    // its id.  Where the first goes, nobody knows where the other lies.
    Result<bool> has_conflict(const std::vector<std::string>& runs);
    // Takes it all out, in one transaction.  What is left of the runs comes back when the parts are
    // read again, which apply() sees to like to any others.
    Status forget(const Forgotten& forgotten);

    // The sum of the hashes of all rows.
    const Hash128& digest() const;

private:
    struct State;
    explicit Fold(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace daybook::index
