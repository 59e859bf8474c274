// Mappings: which rows of which tables of an old DuckDB file become which events.
//
// A mapping is a TOML file (docs/formats/legacy-mapping.md).  Those of the system before Daybook
// are built in.  A mapping knows no file: what of it fits one is decided by plan.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace daybook::legacy {

struct ValueTerm;

// Where one value comes from: the first of its terms that the table has and that is not null in the
// row.  Without terms: never.
struct ValueSpec {
    std::vector<ValueTerm> terms;  // no initializer: that would need the whole of what it holds
};

// An object put together: later members of the same name win.
struct ObjectSpec {
    // Columns that hold an object (JSON text, STRUCT, MAP): the first that the table has and that
    // is not null.
    std::vector<std::string> json{};
    std::vector<std::pair<std::string, ValueSpec>> members;
    // Columns that no other field of the rule has of every row, each a member of its own name.
    enum class Rest : std::uint8_t { kNone, kNumbers, kAll, kSome };
    Rest rest = Rest::kNone;
    std::vector<std::string> some{};    // kSome: those of them that the table has
    std::vector<std::string> except{};  // not those
};

struct ValueTerm {
    enum class Kind : std::uint8_t {
        kColumn,  // `text`
        // `text`, an expression over the row, which is called t, where `needs` are met and the row
        // has one of the columns `given`, if there are any, and no word in any of `without`.
        kSql,
        kConstant,  // `text`, as JSON
        kJoined,    // `text`, and behind it those of `parts` that the row has
        kSpan,      // the milliseconds from the time parts[0] to the time parts[1]
        kObject,    // `object`
        // Of times only: the least or greatest of those that the rows of the run have themselves,
        // in all tables of the mapping.
        kFirstOfRun,
        kLastOfRun,
    };
    Kind kind = Kind::kColumn;
    std::string text{};
    std::vector<std::string> needs{};
    std::vector<std::string> given{};
    std::vector<std::string> without{};
    std::vector<std::vector<std::string>> parts{};  // of each the first that the row has
    // kJoined: behind it stands what tells the row apart from an earlier one of its key.
    bool is_unique = false;
    // kConstant: that nothing else is there is told.
    bool is_assumed = false;
    ObjectSpec object{};
    std::size_t line = 0;  // in the mapping's file, from 1
};

// Which event a row becomes, where that depends on a value of it.
struct Choice {
    // Without terms every row becomes the rule's event.  Of several the first counts that is known;
    // if none is, the first that the row has.
    ValueSpec of{};
    // Those that make the row the rule's event; in lower case, as all of them.
    std::vector<std::string> values{};
    // Those that make it any event of the choice, and those that make it none.
    std::vector<std::string> known{};
    std::vector<std::string> none{};
};

inline constexpr std::string_view kEachColumn = "each";

// Each row of each of the tables `from` that `where` and `choice` take becomes one event.
struct Rule {
    // "optimizer.trials_f"; a name without a schema is one of `main`; "bt.*" are the tables of the
    // schema that no rule names.
    std::vector<std::string> from{};
    std::string event{};
    // The rule is for tables that have all columns `needs`, in files that have all tables of it
    // ("optimizer.trials_f"), and for none that has a column `unless`; it passes others by without
    // a word.
    std::vector<std::string> needs{};
    std::vector<std::string> unless{};
    std::string where{};  // SQL over the row; empty: every row
    // Columns with lists: the row is one for each item of the first that the table has, which is
    // its column kEachColumn; the rule is for no table without any.
    std::vector<std::string> each{};
    // A [[rule]] of several events is one such rule for each of them, all of the same line.
    Choice choice{};
    // What makes a row the row it is; a part that the table lacks is null.  If it has none of them:
    // all that the rule reads of the row.
    std::vector<ValueSpec> key{};
    ValueSpec run_id{};
    ValueSpec time{};
    std::vector<std::pair<std::string, ValueSpec>> fields{};
    std::size_t line = 0;  // in the mapping's file, from 1
    std::string file{};    // what messages call that
};

struct Mapping {
    std::string name{};  // "seed", or as the file says
    std::vector<Rule> rules{};
    // Tables, "notes", and columns, "bt.runs_d.host", that are meant to be in no event.
    std::vector<std::string> ignore{};
    std::string sha256{};  // of its text
};

// What tells an import that has read the file at `path` by `mapping` from one that has read
// another, or this one otherwise: the SHA-256 of path and mapping.
std::string reading_of(std::string_view path, const Mapping& mapping);

// Reads a mapping.  `file` is for messages: kInvalidArgument, with line and column, what was found
// and what was expected.
Result<Mapping> parse_mapping(std::string_view toml, std::string_view file);

// The mapping called `name`: "seed", or empty, is the built-in one; all else is a file.
Result<Mapping> load_mapping(const std::string& name);

}  // namespace daybook::legacy
