// A BERT's parameters as one array, and as the named tensors of Hugging Face's files.
#include <fmt/format.h>

#include <algorithm>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/bert/bert_layers.h"
#include "dpr/bert/weights.h"

namespace dpr {

struct ParameterPlaces {
  // A matrix with its bias, and the tensors that it is made of: one, or Q, K and V below one
  // another.
  struct LinearPlace {
    std::string name;
    Linear* linear;
    std::vector<LinearWeights*> parts;
  };
  // Floats that are stored as they are.
  struct PlainPlace {
    std::string name;
    ParameterBuffer* buffer;
    FloatTensor* tensor;
    Shape shape;
    bool decays;
  };

  std::vector<LinearPlace> linears;
  std::vector<PlainPlace> plain;
};

namespace {

using LinearPlace = ParameterPlaces::LinearPlace;
using PlainPlace = ParameterPlaces::PlainPlace;

void AddNorm(const std::string& name, LayerNorm& norm, LayerNormWeights& weights,
             ParameterPlaces& places) {
  const Shape shape = {norm.gamma().size()};
  places.plain.push_back({name + ".weight", &norm.gamma(), &weights.gamma, shape, false});
  places.plain.push_back({name + ".bias", &norm.beta(), &weights.beta, shape, false});
}

}  // namespace

ParameterPlaces Bert::Layers::Places(BertWeights& weights) {
  const int64_t hidden = config.hidden;
  ParameterPlaces places;
  EmbeddingWeights& tables = weights.embeddings;
  places.plain = {{"embeddings.word_embeddings.weight",
                   &embedding.word(),
                   &tables.word,
                   {config.vocabulary, hidden},
                   true},
                  {"embeddings.position_embeddings.weight",
                   &embedding.position(),
                   &tables.position,
                   {config.positions, hidden},
                   true},
                  {"embeddings.token_type_embeddings.weight",
                   &embedding.segment(),
                   &tables.segment,
                   {config.segments, hidden},
                   true}};
  AddNorm("embeddings.LayerNorm", embedding.norm(), tables.norm, places);
  for (size_t i = 0; i < transformer.size(); ++i) {
    const std::string name = fmt::format("encoder.layer.{}.", i);
    SelfAttention& attention = transformer[i]->attention;
    FeedForward& feed_forward = transformer[i]->feed_forward;
    SelfAttentionWeights& a = weights.layers[i].attention;
    FeedForwardWeights& f = weights.layers[i].feed_forward;
    places.linears.push_back(
        {name + "attention.self.qkv", &attention.qkv(), {&a.query, &a.key, &a.value}});
    places.linears.push_back({name + "attention.output.dense", &attention.output(), {&a.output}});
    AddNorm(name + "attention.output.LayerNorm", attention.norm(), a.norm, places);
    places.linears.push_back(
        {name + "intermediate.dense", &feed_forward.intermediate(), {&f.intermediate}});
    places.linears.push_back({name + "output.dense", &feed_forward.output(), {&f.output}});
    AddNorm(name + "output.LayerNorm", feed_forward.norm(), f.norm, places);
  }
  if (pooler) places.linears.push_back({"pooler.dense", &*pooler, {&weights.pooler}});
  if (projection) {
    places.linears.push_back({"encode_proj", &*projection, {&weights.projection}});
  }
  return places;
}

namespace {

// Where a parameter lies in an array like the parameters': its own place when they are that array;
// null when it is not in the array at all.
float* PlaceIn(const ParameterArray& parameters, const ParameterBuffer& buffer, float* array) {
  const float* begin = parameters.values.data();
  const bool inside = buffer.data() >= begin && buffer.data() < begin + parameters.size;
  if (array == begin) return buffer.data();
  return inside ? array + (buffer.data() - begin) : nullptr;
}

void UnpackLinear(const LinearPlace& place, const float* weight, const float* bias) {
  const Linear& linear = *place.linear;
  Matrix matrix(linear.outputs(), linear.inputs());
  std::vector<float> biases(static_cast<size_t>(linear.outputs()));
  linear.Unpack(weight, bias, matrix.view(), biases.data());
  const int64_t rows = linear.outputs() / static_cast<int64_t>(place.parts.size());
  for (size_t i = 0; i < place.parts.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) * rows;
    const auto size = static_cast<size_t>(rows * linear.inputs());
    place.parts[i]->weight = FloatTensor({rows, linear.inputs()}, {matrix.row(row), size});
    place.parts[i]->bias = FloatTensor({rows}, {&biases[row], static_cast<size_t>(rows)});
  }
}

void PackLinear(const LinearPlace& place, float* weight, float* bias) {
  const Linear& linear = *place.linear;
  Matrix matrix(linear.outputs(), linear.inputs());
  std::vector<float> biases;
  int64_t row = 0;
  for (const LinearWeights* part : place.parts) {
    std::copy_n(part->weight.data(), part->weight.size(), matrix.row(row));
    biases.insert(biases.end(), part->bias.values().begin(), part->bias.values().end());
    row += part->bias.size();
  }
  DPR_CHECK(row == linear.outputs());
  linear.Pack(matrix.view(), biases.data(), weight, bias);
}

}  // namespace

void Bert::MakeTrainable(bool with_pooler) {
  Layers& layers = *layers_;
  DPR_CHECK(layers.parameters.size == 0);
  layers.embedding.CopyWords();
  BertWeights names;
  names.layers.resize(layers.transformer.size());
  ParameterArray& parameters = layers.parameters;
  struct Move {
    ParameterBuffer* buffer;
    int64_t begin;
  };
  std::vector<Move> moves;
  const auto add = [&](const std::string& name, ParameterBuffer& buffer, bool decays) {
    moves.push_back({&buffer, parameters.size});
    parameters.ranges.push_back({name, parameters.size, buffer.size(), decays});
    parameters.size += (buffer.size() + 15) / 16 * 16;
  };
  const ParameterPlaces places = layers.Places(names);
  for (const PlainPlace& place : places.plain) add(place.name, *place.buffer, place.decays);
  for (const LinearPlace& place : places.linears) {
    if (place.parts[0] == &names.pooler && !with_pooler) continue;
    add(place.name + ".weight", place.linear->weight(), true);
    add(place.name + ".bias", place.linear->bias(), false);
  }
  float* values = parameters.values.Reserve(static_cast<size_t>(parameters.size));
  std::fill_n(values, parameters.size, 0.0f);
  for (const Move& move : moves) {
    std::copy_n(move.buffer->data(), move.buffer->size(), values + move.begin);
    move.buffer->Bind(values + move.begin);
  }
  ParametersChanged();
}

void Bert::SetPrecision(Precision precision) {
  for (const std::unique_ptr<TransformerLayer>& layer : layers_->transformer) {
    for (Linear* linear : {&layer->attention.qkv(), &layer->attention.output(),
                           &layer->feed_forward.intermediate(), &layer->feed_forward.output()}) {
      linear->SetPrecision(precision);
    }
  }
}

const ParameterArray& Bert::parameters() const { return layers_->parameters; }

ConstFloatView Bert::WordTable() const { return layers_->embedding.words(); }

void Bert::ParametersChanged() {
  BertWeights names;
  names.layers.resize(layers_->transformer.size());
  const ParameterPlaces places = layers_->Places(names);
  ParallelFor(static_cast<int64_t>(places.linears.size()), 1,
              [&](int64_t i) { places.linears[i].linear->PackForTraining(); });
}

BertWeights Bert::Unpack(std::span<const float> array) const {
  DPR_CHECK(static_cast<int64_t>(array.size()) == layers_->parameters.size);
  BertWeights weights;
  weights.config = layers_->config;
  weights.layers.resize(layers_->transformer.size());
  float* const data = const_cast<float*>(array.data());  // only read
  const ParameterPlaces places = layers_->Places(weights);
  for (const PlainPlace& place : places.plain) {
    const float* values = PlaceIn(layers_->parameters, *place.buffer, data);
    *place.tensor = FloatTensor(place.shape, {values, static_cast<size_t>(place.buffer->size())});
  }
  for (const LinearPlace& place : places.linears) {
    const float* weight = PlaceIn(layers_->parameters, place.linear->weight(), data);
    if (weight == nullptr) continue;
    UnpackLinear(place, weight, PlaceIn(layers_->parameters, place.linear->bias(), data));
  }
  return weights;
}

void Bert::Pack(const BertWeights& weights, std::span<float> array) const {
  DPR_CHECK(static_cast<int64_t>(array.size()) == layers_->parameters.size);
  BertWeights copy = weights;  // whose tensors share their values
  const ParameterPlaces places = layers_->Places(copy);
  for (const PlainPlace& place : places.plain) {
    DPR_CHECK(place.tensor->size() == place.buffer->size());
    std::copy_n(place.tensor->data(), place.tensor->size(),
                PlaceIn(layers_->parameters, *place.buffer, array.data()));
  }
  for (const LinearPlace& place : places.linears) {
    float* weight = PlaceIn(layers_->parameters, place.linear->weight(), array.data());
    if (weight == nullptr || place.parts[0]->empty()) continue;
    PackLinear(place, weight, PlaceIn(layers_->parameters, place.linear->bias(), array.data()));
  }
}

}  // namespace dpr
