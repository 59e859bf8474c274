#include "query/filter_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "query/filter_error.h"
#include "query/filter_lexer.h"

namespace daybook::query {
namespace {

constexpr std::array<std::string_view, 12> kKeywords = {
    "and", "or", "not", "in", "between", "like", "ilike", "is", "null", "true", "false", "now"};
constexpr std::array<std::string_view, 7> kComparisons = {"=", "!=", "<>", "<", "<=", ">", ">="};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

class Parser {
public:
    Parser(std::string_view filter, std::vector<Token> tokens)
        : filter_(filter), tokens_(std::move(tokens)) {}

    Result<Node> all() {
        ASSIGN_OR_RETURN(Node node, any_of(0));
        if (here().kind != TokenKind::kEnd) return fail(unexpected("and, or, or the end"));
        return node;
    }

private:
    const Token& here() const { return tokens_[at_]; }
    bool is_symbol(std::string_view text) const {
        return here().kind == TokenKind::kSymbol && here().text == text;
    }
    bool is_keyword(std::string_view word) const {
        return here().kind == TokenKind::kWord && lower_case(here().text) == word;
    }
    bool take_symbol(std::string_view text) {
        if (!is_symbol(text)) return false;
        ++at_;
        return true;
    }
    bool take_keyword(std::string_view word) {
        if (!is_keyword(word)) return false;
        ++at_;
        return true;
    }

    Error unexpected(std::string_view expected) const {
        const Token& token = here();
        const std::string found =
            token.kind == TokenKind::kEnd
                ? "the end"
                : printable(filter_.substr(token.offset, token.end - token.offset));
        return filter_error(filter_, token.offset,
                            fmt::format("found {}, expected {}", found, expected));
    }

    Result<Node> any_of(std::size_t depth) { return chain(NodeKind::kOr, depth); }
    Result<Node> all_of(std::size_t depth) { return chain(NodeKind::kAnd, depth); }

    // One or several, parted by the word: a chain is one node, however long.
    Result<Node> chain(NodeKind kind, std::size_t depth) {
        const auto next = [&] { return kind == NodeKind::kOr ? all_of(depth) : one(depth); };
        Node node{.kind = kind, .offset = here().offset};
        do {
            ASSIGN_OR_RETURN(Node child, next());
            node.children.push_back(std::move(child));
        } while (take_keyword(kind == NodeKind::kOr ? "or" : "and"));
        if (node.children.size() > 1) return node;
        Node only = std::move(node.children.front());
        return only;
    }

    Result<Node> one(std::size_t depth) {
        const std::size_t offset = here().offset;
        if (depth == kFilterNestingMax && (is_keyword("not") || is_symbol("("))) {
            return fail(filter_error(filter_, offset,
                                     fmt::format("found more than {} levels", kFilterNestingMax)));
        }
        if (take_keyword("not")) {
            ASSIGN_OR_RETURN(Node child, one(depth + 1));
            return negated(std::move(child), offset);
        }
        if (!take_symbol("(")) return test();
        ASSIGN_OR_RETURN(Node node, any_of(depth + 1));
        if (!take_symbol(")")) return fail(unexpected("and, or, or )"));
        return node;
    }

    static Node negated(Node child, std::size_t offset) {
        Node node{.kind = NodeKind::kNot, .offset = offset};
        node.children.push_back(std::move(child));
        return node;
    }

    Result<Node> test() {
        Node node{.offset = here().offset};
        ASSIGN_OR_RETURN(Operand left, operand("a field"));
        node.operands.push_back(std::move(left));
        const std::size_t offset = here().offset;
        const bool negate = is_keyword("not");
        if (negate) ++at_;
        ASSIGN_OR_RETURN(const bool known, rest_of_test(negate, node));
        if (!known && negate) return fail(unexpected("in, between, like or ilike after not"));
        return negate || node.op == "!~" ? negated(std::move(node), offset) : std::move(node);
    }

    // What follows the first operand; false if nothing does.
    Result<bool> rest_of_test(bool after_not, Node& node) {
        const Token token = here();
        const std::string word = lower_case(token.text);
        node.offset = token.offset;
        if (token.kind == TokenKind::kSymbol && !after_not) {
            const bool match = word == "~" || word == "!~";
            if (!match && !contains(kComparisons, word)) return no_test(node);
            ++at_;
            node.kind = match ? NodeKind::kMatch : NodeKind::kCompare;
            node.op = word == "<>" ? "!=" : word;
            return add_operand(node, !match, match ? "a pattern in quotes" : "a value or a field");
        }
        if (take_keyword("in")) return list(node);
        if (take_keyword("between")) {
            node.kind = NodeKind::kBetween;
            RETURN_IF_ERROR(add_operand(node, false, "a value"));
            if (!take_keyword("and")) return fail(unexpected("and, and the upper end"));
            return add_operand(node, false, "a value");
        }
        if (is_keyword("like") || is_keyword("ilike")) {
            ++at_;
            node.kind = NodeKind::kMatch;
            node.op = word;
            return add_operand(node, false, "a pattern in quotes");
        }
        if (!after_not && take_keyword("is")) return null_test(node);
        return no_test(node);
    }

    Result<bool> no_test(Node& node) {
        node.kind = NodeKind::kField;
        node.offset = here().offset;
        // A value by itself, or a word behind a field that is no test.
        const bool ends = here().kind == TokenKind::kEnd || is_symbol(")") || is_keyword("and") ||
                          is_keyword("or");
        if (!ends || std::holds_alternative<Literal>(node.operands.front())) {
            return fail(unexpected("a comparison: =, !=, <, <=, >, >=, ~, in, between, like, is"));
        }
        return false;
    }

    Result<bool> null_test(Node& node) {
        const bool negate = take_keyword("not");
        if (!take_keyword("null")) return fail(unexpected(negate ? "null" : "null or not null"));
        node.kind = NodeKind::kNull;
        node.op = negate ? "is not" : "is";
        return true;
    }

    Result<bool> list(Node& node) {
        node.kind = NodeKind::kIn;
        if (!take_symbol("(")) return fail(unexpected("( and a list of values"));
        do {
            RETURN_IF_ERROR(add_operand(node, false, "a value"));
        } while (take_symbol(","));
        if (!take_symbol(")")) return fail(unexpected(", or )"));
        return true;
    }

    Result<bool> add_operand(Node& node, bool field_too, std::string_view expected) {
        const std::size_t offset = here().offset;
        ASSIGN_OR_RETURN(Operand operand_read, operand(expected));
        if (!field_too && std::holds_alternative<FieldName>(operand_read)) {
            // status in (failed): the quotes are what is missing.
            const auto& parts = std::get<FieldName>(operand_read).parts;
            return fail(filter_error(
                filter_, offset,
                fmt::format("found {}, expected {}, such as '{}'", printable(parts.front()),
                            expected, printable(parts.front()))));
        }
        node.operands.push_back(std::move(operand_read));
        return true;
    }

    Result<Operand> operand(std::string_view expected) {
        const Token token = here();
        Literal literal{.text = token.text, .offset = token.offset};
        switch (token.kind) {
            case TokenKind::kString: ++at_; return literal;
            case TokenKind::kNumber:
                ++at_;
                literal.kind = LiteralKind::kNumber;
                return literal;
            case TokenKind::kDuration:
                ++at_;
                literal.kind = LiteralKind::kDuration;
                literal.milliseconds = token.milliseconds;
                return literal;
            case TokenKind::kSymbol:
                if (take_symbol("-")) return negative(token.offset);
                return fail(unexpected(expected));
            case TokenKind::kWord: return word(expected);
            case TokenKind::kQuoted: return field();
            case TokenKind::kEnd: break;
        }
        return fail(unexpected(expected));
    }

    Result<Operand> negative(std::size_t offset) {
        if (here().kind != TokenKind::kNumber) return fail(unexpected("a number after -"));
        Literal literal{.kind = LiteralKind::kNumber, .text = "-" + here().text, .offset = offset};
        ++at_;
        return literal;
    }

    Result<Operand> word(std::string_view expected) {
        const std::size_t offset = here().offset;
        const std::string lower = lower_case(here().text);
        if (lower == "now") return now();
        if (!contains(kKeywords, lower)) return field();
        if (lower != "true" && lower != "false") return fail(unexpected(expected));
        ++at_;
        return Literal{.kind = LiteralKind::kBoolean, .text = lower, .offset = offset};
    }

    Result<Operand> now() {
        Literal literal{.kind = LiteralKind::kNow, .offset = here().offset};
        ++at_;
        if (!is_symbol("+") && !is_symbol("-")) return literal;
        const double sign = is_symbol("-") ? -1 : 1;
        ++at_;
        if (here().kind != TokenKind::kDuration) {
            return fail(unexpected("a duration, such as 7d"));
        }
        literal.milliseconds = sign * here().milliseconds;
        ++at_;
        return literal;
    }

    Result<Operand> field() {
        FieldName name{.parts = {}, .offset = here().offset};
        do {
            if (here().kind != TokenKind::kWord && here().kind != TokenKind::kQuoted) {
                return fail(
                    unexpected("a name after the dot; what is no word goes in double "
                               "quotes"));
            }
            name.parts.push_back(here().text);
            ++at_;
        } while (take_symbol("."));
        return name;
    }

    std::string_view filter_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace

Result<Node> parse_filter(std::string_view filter) {
    ASSIGN_OR_RETURN(std::vector<Token> tokens, lex_filter(filter));
    return Parser(filter, std::move(tokens)).all();
}

}  // namespace daybook::query
