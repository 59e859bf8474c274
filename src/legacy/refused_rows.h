// Rows of which some rule could make no event: each is counted and listed once, whatever rules have
// met it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace daybook::legacy {

// Which row of the source an event is.
struct RowOrigin {
    std::string table;  // "optimizer.trials_f"
    std::string key;    // the key's values as a JSON array
};

struct InvalidRow {
    RowOrigin origin;
    std::string event;
    std::string reason;
};

// How many rows of a kind are listed one by one; all of them are counted.
inline constexpr std::size_t kListedRowsMax = 100;

// Rows are told apart by their keys: of those of one key there are as many as the rule has met that
// has met most of them.  Above kKeysMax keys a row counts for each rule that meets it.
class RefusedRows {
public:
    static constexpr std::size_t kKeysMax = std::size_t{1} << 20;

    struct OfTable {
        std::uint64_t rows = 0;
        InvalidRow first{};  // by its key
    };

    // `count` rows that the rule at `line` of the mapping has met.
    void add(InvalidRow row, std::size_t line, std::uint64_t count);

    std::uint64_t count() const { return count_; }
    const std::map<std::string, OfTable>& tables() const { return tables_; }
    // The first kListedRowsMax of them, each key once.
    const std::vector<InvalidRow>& listed() const { return listed_; }

private:
    std::uint64_t count_ = 0;
    std::map<std::string, OfTable> tables_{};
    std::vector<InvalidRow> listed_{};
    std::unordered_map<std::uint64_t, std::uint64_t> of_rule_{};  // by table, key and line
    std::unordered_map<std::uint64_t, std::uint64_t> of_key_{};   // by table and key
};

}  // namespace daybook::legacy
