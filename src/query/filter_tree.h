// A filter, understood but not yet judged: which fields there are is filter_fields.h's to say.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace daybook::query {

// metrics."a b".c is {"metrics", "a b", "c"}.
struct FieldName {
    std::vector<std::string> parts;
    std::size_t offset = 0;  // of its first byte in the filter
};

enum class LiteralKind { kString, kNumber, kBoolean, kDuration, kNow };

struct Literal {
    LiteralKind kind = LiteralKind::kString;
    // kString: what it says; kNumber: as it is written, its sign included; kBoolean: true, false.
    std::string text{};
    // kDuration; kNow: what is added to it.
    double milliseconds = 0;
    std::size_t offset = 0;
};

using Operand = std::variant<FieldName, Literal>;

enum class NodeKind {
    kAnd,      // children
    kOr,       // children
    kNot,      // children[0]
    kCompare,  // operands[0] op operands[1]
    kIn,       // operands[0] in the others
    kBetween,  // operands[0] between operands[1] and operands[2]
    kMatch,    // operands[0] op operands[1], op one of like, ilike, ~
    kNull,     // operands[0] is null
    kField,    // operands[0], a field that is true or false
};

struct Node {
    NodeKind kind = NodeKind::kField;
    std::string op{};        // "=", "like" …
    std::size_t offset = 0;  // of the operator
    std::vector<Node> children{};
    std::vector<Operand> operands{};
};

}  // namespace daybook::query
