"""A tiny U-Net of SSD-1B's form (SDXL with blocks missing: no middle, transformers of other depths on each side), and a
picture by it with the other networks of the tiny SDXL.   python make/ssd1b.py  (needs torch and diffusers)"""
import json
import os

import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
SDXL = os.path.join(os.path.dirname(HERE), "pipelines/sdxl/model")
OUT = os.path.join(os.path.dirname(HERE), "models/ssd1b")
PROMPT = "a painting of a cat riding a horse, highly detailed"


def main():
    config = json.load(open(os.path.join(SDXL, "unet/config.json")))
    # The three as https://huggingface.co/segmind/SSD-1B has them, but for the depths at the coarsest level (4 and 10).
    config["mid_block_type"] = None
    config["transformer_layers_per_block"] = [[1, 1], [2, 2], [1, 1]]
    config["reverse_transformer_layers_per_block"] = [[1, 1, 3], [2, 1, 1], 1]
    torch.manual_seed(900)
    unet = UNet2DConditionModel.from_config(config)
    with torch.no_grad():
        for parameter in unet.parameters():
            if parameter.dim() > 1:
                parameter.mul_(1.5)
            parameter.copy_(parameter.half().float())
    unet.half().save_pretrained(os.path.join(OUT, "unet"))
    pipe = StableDiffusionXLPipeline.from_pretrained(SDXL, unet=unet.float(), add_watermarker=False)
    pipe.set_progress_bar_config(disable=True)
    call = dict(prompt=PROMPT, negative_prompt="blurry", num_inference_steps=4, guidance_scale=5.0, height=64, width=64)
    image = pipe(**call, generator=torch.Generator().manual_seed(11), output_type="pt").images[0]
    save_file({"images_u8": (image * 255).round().to(torch.uint8)}, os.path.join(OUT, "base-cfg5.safetensors"))
    json.dump({"seed": 11, "call": call}, open(os.path.join(OUT, "base-cfg5.json"), "w"), indent=1)
    print(image.mean(), image.std(), sum(p.numel() for p in unet.parameters()))


if __name__ == "__main__":
    with torch.no_grad():
        main()
