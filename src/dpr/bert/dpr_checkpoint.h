// DPR's checkpoints (`.cp`, dpr_biencoder.EPOCH): a dict that torch.save wrote,
//
//   model_dict        question_model.* and ctx_model.*, each a BertModel and perhaps encode_proj.*
//   optimizer_dict, scheduler_dict, offset, epoch
//   encoder_params    2020: {do_lower_case, pretrained_model_cfg, encoder_model_type,
//                     projection_dim, sequence_length, ..}; later: {do_lower_case, encoder: a
//                     DictConfig of omegaconf that holds the others}
//
// It is read as data (pickle.h): a DictConfig is a placeholder, whose content is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/file.h"
#include "dpr/bert/config.h"
#include "dpr/bert/stored_tensor.h"

namespace dpr {

struct DprCheckpoint {
  static constexpr const char* kQuestionPrefix = "question_model.";
  static constexpr const char* kPassagePrefix = "ctx_model.";

  StoredTensors tensors;            // of model_dict; the file is mapped once
  std::vector<std::string> fields;  // the names in the dict, in its order
  bool is_legacy = false;           // torch's format before 1.6
  std::optional<int64_t> epoch, offset;
  // Of encoder_params, where it says so.
  std::optional<bool> do_lower_case;
  std::optional<int64_t> projection, sequence_length;
  std::string pretrained_model;  // "bert-base-uncased"
  std::string encoder_type;      // "hf_bert"
};

// Any file of torch, with what there is of the above. kInvalid for what is none.
DprCheckpoint ReadTorchCheckpoint(const Path& file);
// kUnsupported, naming what it has instead, for one without the two encoders.
DprCheckpoint OpenDprCheckpoint(const Path& file);

// The sizes of the BertModel whose tensors these are. Heads are of 64, as in every BERT that DPR
// trained; segments and the epsilon of layer norm are BERT's. kInvalid naming the tensor that is
// missing or of no shape that a BERT has; kUnsupported when heads of 64 do not fit.
BertConfig ConfigFromTensors(const StoredTensors& tensors, const std::string& where);

}  // namespace dpr
