#include "index/log_sizes.h"

#include "log/scan.h"

namespace daybook::index {

Result<std::vector<PartSize>> log_sizes(const std::string& root) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(log::Layout(root)));
    std::vector<PartSize> sizes;
    for (const log::PartInfo& part : parts) {
        sizes.push_back({to_string(part.id), part.size.value()});
    }
    return sizes;
}

}  // namespace daybook::index
