#include "schema/schema_json.h"

#include <algorithm>

#include "base/result.h"
#include "json/reader.h"

namespace daybook::schema {

Result<Tree> parse_tree(std::string_view text, std::string_view what) {
    // The strict reader first: its errors name the place, and its limits hold.
    std::string minified;
    RETURN_IF_ERROR(json::minify(text, minified, what));
    Tree tree = Tree::parse(minified, nullptr, /*allow_exceptions=*/false);
    if (tree.is_discarded()) return fail(ErrorCode::kInternal, "parse {}: refused", what);
    return tree;
}

std::size_t nesting_of(const Tree& tree) {
    if (!tree.is_structured()) return 0;
    std::size_t deepest = 0;
    for (const Tree& one : tree) deepest = std::max(deepest, nesting_of(one));
    return deepest + 1;
}

tl::unexpected<Error> refuse_type(std::string_view at, std::string_view why) {
    return fail(ErrorCode::kInvalidArgument, "register type: {}: {}", at.empty() ? "/" : at, why);
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char c : name) {
        if (c == '~') {
            token += "~0";
        } else if (c == '/') {
            token += "~1";
        } else {
            token += c;
        }
    }
    return token;
}

}  // namespace daybook::schema
