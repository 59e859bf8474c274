// Reading the objects in ledger.json strictly: an error names the place, what was found there and
// what was expected.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace daybook::lifecycle {

class JsonEntry {
public:
    using Object = nlohmann::ordered_json;

    // `object` must be one, and outlive this; `place` is how messages call it: "`retention`".
    JsonEntry(const Object& object, std::string path, std::string place)
        : object_(object), path_(std::move(path)), place_(std::move(place)) {}

    // Refuses a key that is none of `known`, with the nearest of them.
    Status check_keys(std::span<const std::string_view> known) const;

    // Each is nullopt where the key is missing or null, and kCorrupt where the value is another.
    Result<std::optional<std::string>> text(const char* key, std::string_view expected) const;
    Result<std::optional<std::uint64_t>> count(const char* key, std::uint64_t most) const;
    Result<std::optional<bool>> boolean(const char* key) const;
    // One text or a list of texts, none of them empty; empty where the key is missing.
    Result<std::vector<std::string>> texts(const char* key, std::string_view expected) const;
    // The value of the key; null: it is missing or null.
    const Object* find(const char* key) const;

    tl::unexpected<Error> refuse(std::string_view key, std::string_view found,
                                 std::string_view expected) const;

private:
    const Object& object_;
    std::string path_;
    std::string place_;
};

}  // namespace daybook::lifecycle
