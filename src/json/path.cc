#include "json/path.h"

namespace daybook::json {

std::string Path::pointer() const {
    std::string text;
    for (std::size_t i = 0; i < depth_; ++i) {
        const Step& step = steps_[i];
        if (step.index != kNoIndex) {
            text += '/' + std::to_string(step.index);
            continue;
        }
        // An object that was entered, and no field of it reached.
        if (step.name == nullptr) continue;
        text += '/';
        for (const char c : std::string_view(step.name, step.size)) {
            if (c == '~') {
                text += "~0";
            } else if (c == '/') {
                text += "~1";
            } else {
                text += c;
            }
        }
    }
    return text;
}

}  // namespace daybook::json
