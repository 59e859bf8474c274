// The event types of a ledger: the built-in ones and those its users have registered.
//
// A registry is made from the text of the ledger's `_schema.json` and turned into such text again;
// reading and writing the file is `ledger`'s business.  The format, the rules for names and
// versions and what compatibility means are docs/formats/schema-registry.md.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "daybook/durability.h"
#include "daybook/result.h"
#include "json/draft.h"

namespace daybook::schema {

// What check() needs from call to call.  One a thread, and of one registry at a time.
class Scratch {
public:
    Scratch();
    ~Scratch();
    Scratch(Scratch&&) noexcept;
    Scratch& operator=(Scratch&&) noexcept;

private:
    friend class Registry;
    struct Buffers;
    std::unique_ptr<Buffers> buffers_;
};

// An event that may be written.  Borrows from the registry and from the Scratch: valid until the
// next check() with that Scratch.
struct CheckedEvent {
    std::string_view type;
    std::string_view run_id;
    int schema_version = 1;
    // As the event says; unset if it leaves that to the log.
    std::optional<std::string_view> event_id;
    std::optional<TimestampMs> timestamp;
    // The other fields as they were written, without white space, each after a comma.
    std::string_view payload;
    // What the type is written with unless the caller asks for something else.
    Durability durability = Durability::kProcess;
};

// Appends the draft of `event` to `out`.
json::Draft append_draft(const CheckedEvent& event, std::string& out);

// One version of one type.
struct TypeInfo {
    std::string name;
    int version = 1;
    bool built_in = false;
    std::string description;
};

// What registering a type would do, or has done.
struct RegisterReport {
    std::string type;
    int version = 1;
    // Why events of earlier versions could not be read: "version 1: /price: …".  Nothing is
    // registered if there are any, unless compatibility is off.
    std::vector<std::string> breaks;
    // What to know, though nothing forbids it.
    std::vector<std::string> notes;
    // This very version is registered already; nothing has changed.
    bool unchanged = false;
};

// Copies are cheap: types are shared and never change.  Const methods are safe from all threads.
class Registry {
public:
    // The types that Daybook brings along.
    static Registry builtin();
    // Those and what `text`, the content of a `_schema.json`, adds.  What this version of Daybook
    // does not know is kept for serialize().
    static Result<Registry> parse(std::string_view text);

    ~Registry();
    Registry(const Registry&);
    Registry& operator=(const Registry&);
    Registry(Registry&&) noexcept;
    Registry& operator=(Registry&&) noexcept;

    // The text of a `_schema.json`: all types, ended by a newline.
    std::string serialize() const;

    // Checks one event, a JSON object as `daybook emit --json` takes it.  `now` bounds its
    // timestamp. Errors: kInvalidArgument and kLimit, with line and column or the JSON pointer,
    // what was found and what was expected.
    Result<CheckedEvent> check(std::string_view json, TimestampMs now, Scratch& scratch) const;

    // All versions of all types, by name and version.
    std::vector<TypeInfo> list() const;
    // The JSON Schema of a type, indented; the newest version if none is given.
    Result<std::string> show(std::string_view type, std::optional<int> version = {}) const;

    // What registering `schema_text` would do.  Errors: it is no schema, or not one for a type.
    Result<RegisterReport> examine(std::string_view schema_text) const;
    // The same, and does it unless something breaks.
    Result<RegisterReport> register_type(std::string_view schema_text);

    // The newest version that `type` has; nullopt if it is not known.
    std::optional<int> newest_version(std::string_view type) const;
    // Whether events of `type` and `version` have to go through upcast().
    bool needs_upcast(std::string_view type, int version) const;
    // `payload`, a JSON object with the fields of an event of an older version, as the newest one
    // has them.  Errors: kNotFound (unknown type or version), kInvalidArgument (an upcaster does
    // not fit what is there).
    Result<std::string> upcast(std::string_view type, int version, std::string_view payload) const;

private:
    struct State;
    explicit Registry(std::shared_ptr<const State> state);
    std::shared_ptr<const State> state_;
};

}  // namespace daybook::schema
