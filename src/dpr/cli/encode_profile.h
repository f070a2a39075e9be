// Where an encoder spends its time, stage by stage, each beside what bounds it: the rate of the
// matrix products, or that of reading memory, both measured in the same run.
#pragma once

#include <nlohmann/json.hpp>

#include "dpr/encoder/encoder.h"
#include "dpr/tensor/gemm_peak.h"

namespace dpr::cli {

// A list of {"stage", "share_of_time", "bound", "share_of_bound"}, in the order of a layer.
// `peak`: of the products in `precision`.
nlohmann::ordered_json ProfileEncoding(const Encoder& encoder, const PackedTokens& tokens,
                                       Precision precision, const GemmPeak& peak);

}  // namespace dpr::cli
