// Reads the values of a mapping's file: docs/formats/legacy-mapping.md, "Values" and "Lists".
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "legacy/mapping.h"
#include "legacy/toml.h"

namespace daybook::legacy {

// The entries of a table as the file has them, which toml++ sorts by name.
std::vector<std::pair<const toml::key*, const toml::node*>> in_order(const toml::table& table);

// All errors are kInvalidArgument, with the line, what was found and what was expected.  `what` is
// what messages call the value.
class ValueReader {
public:
    // `file` is what messages call the file.  `lists`, which may be null, are the named ones, and
    // must live as long.
    ValueReader(std::string_view file, const toml::table* lists) : file_(file), lists_(lists) {}

    const std::string& file() const { return file_; }

    Result<ValueSpec> value(const toml::node& node, std::string_view what) const;
    Result<std::string> text(const toml::node& node, std::string_view what) const;
    // One text, or an array of them; none if `node` is null.
    Result<std::vector<std::string>> texts(const toml::node* node, std::string_view what) const;
    // Refuses a key of the table that is none of `keys`.
    Status known_keys(const toml::table& table, std::initializer_list<std::string_view> keys) const;
    // The refusal of a value of a wrong kind.
    tl::unexpected<Error> wrong(const toml::node& node, std::string_view what,
                                std::string_view expected) const;

private:
    // The items of an array, or what is no array alone; those of a list where its name stands.
    Result<std::vector<const toml::node*>> items(const toml::node& node, std::string_view what,
                                                 std::size_t depth = 0) const;
    Result<const toml::node*> list(const toml::node& node, std::string_view what) const;
    Result<ValueTerm> term(const toml::node& node, std::string_view what) const;
    Result<ValueTerm> table_term(const toml::table& table, std::string_view what) const;
    Result<ValueTerm> sql_term(const toml::table& table, std::string_view what) const;
    Result<ValueTerm> joined_term(const toml::table& table, std::string_view what) const;
    Result<ValueTerm> span_term(const toml::table& table, std::string_view what) const;
    Result<ValueTerm> constant_term(const toml::table& table, std::string_view what) const;
    Result<bool> flag(const toml::table& table, std::string_view key, std::string_view what) const;
    Result<ValueTerm> of_run_term(const toml::table& table, std::string_view what) const;
    Result<ObjectSpec> object(const toml::table& table, std::string_view what) const;
    Status object_columns(const toml::node& node, const std::string& what,
                          ObjectSpec& object) const;
    Result<std::string> constant(const toml::node& node, std::string_view what) const;

    std::string file_;
    const toml::table* lists_;
};

}  // namespace daybook::legacy
