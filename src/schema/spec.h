// The built-in event types as tables, generated from schemas/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daybook/durability.h"
#include "json/rules.h"

namespace daybook::schema {

enum class FieldKind : std::uint8_t {
    kString,
    kChoice,  // one of a few strings
    kInteger,
    kNumber,
    kBoolean,
    kStrings,  // an array of strings
    kMap,      // an object whose field names are data
    kObject,   // an object of fixed shape
};

struct ObjectSpec;

struct FieldSpec {
    std::string_view name;
    FieldKind kind = FieldKind::kString;
    bool required = false;
    json::Format format = json::Format::kAny;     // kString
    std::optional<std::int64_t> minimum{};        // kInteger
    std::span<const std::string_view> choices{};  // kChoice
    json::MapRule rule{};                         // kMap
    const ObjectSpec* object = nullptr;           // kObject
};

// At most 64 fields.  Others than these are allowed.
struct ObjectSpec {
    std::span<const FieldSpec> fields;
};

struct TypeSpec {
    std::string_view name;
    int version = 1;
    Durability durability = Durability::kProcess;
    std::string_view description;
    ObjectSpec payload;
    // The JSON Schema, its references resolved.
    std::string_view schema_text;
};

// All of them, by name.
std::span<const TypeSpec> builtin_types();

// What a field must be, in words: "an integer of at least 0".
std::string describe(const FieldSpec& field);

}  // namespace daybook::schema
