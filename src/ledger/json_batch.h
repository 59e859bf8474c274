// JSON events on their way into the log: checked, and made into drafts of lines.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "daybook/durability.h"
#include "json/draft.h"
#include "ledger/type_registry.h"
#include "log/writer.h"
#include "schema/registry.h"

namespace daybook::ledger {

// A draft and what of it is still open.
struct Hole {
    json::Draft draft;
    bool id_given = false;
    bool time_given = false;
};

// Gathers events until they are appended together.  Used again and again, it does not allocate. Not
// thread-safe.
class JsonBatch {
public:
    // Forgets the events of before.
    void clear();

    // Checks one event, a JSON object, and adds its draft.  On an error nothing is added.
    Status add(std::string_view json, TimestampMs now, TypeRegistry& types);

    // Forgets the events that `keep` has false for; it has as many elements as there are events.
    void retain(const std::vector<bool>& keep);

    std::size_t size() const { return entries_.size(); }
    // The strongest default among the types of the events.
    Durability durability() const { return durability_; }
    // The drafts, to append and to stamp; valid until the next add() or clear().
    std::vector<log::Draft>& drafts();
    const std::vector<Hole>& holes() const { return holes_; }
    // The text of the event at `index`: what its line will be up to the trailer, if it came with
    // id and time.
    std::string_view text(std::size_t index) const;
    std::optional<TimestampMs> timestamp(std::size_t index) const {
        return entries_[index].timestamp;
    }
    // The id of the event at `index`; known once it is stamped.
    std::string event_id(std::size_t index) const;

private:
    struct Entry {
        std::size_t begin = 0;  // in text_
        std::size_t bytes = 0;
        std::size_t id_bytes = 0;
        std::optional<TimestampMs> timestamp{};
        bool ends_run = false;
    };
    Result<schema::CheckedEvent> check(std::string_view json, TimestampMs now, TypeRegistry& types);

    std::string text_;
    std::vector<Entry> entries_;
    std::vector<Hole> holes_;
    std::vector<log::Draft> drafts_;
    Durability durability_ = Durability::kProcess;
    // A Scratch belongs to one registry.
    std::shared_ptr<const schema::Registry> registry_;
    std::optional<schema::Scratch> scratch_;
};

}  // namespace daybook::ledger
