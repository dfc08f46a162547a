"""PyTorch's optimizers on a few numbers: Tests/EngineTests/Golden/optimizers.json.

    python tools/golden/optimizers.py

A case has a rule, its factors, and three parameters in groups of their own (bias, weight, norm) with learning rate and
decay; the rates of the later steps are halved, as a schedule would. Values and gradients are the streams
"value/GROUP" and "gradient/GROUP/STEP" of goldenfile.py, a gradient element is scaled by `scale` as clipping does. Stored
are the values after every step, in float32 and as an exact decimal.
"""
import json
from pathlib import Path

import torch
from goldenfile import unit

COUNT, STEPS = 19, 8
GROUPS = {'bias': (0.02, 0.0), 'weight': (0.01, 0.05), 'norm': (0.005, 0.0)}
RULES = {
    'SGD': lambda p, m: torch.optim.SGD(p, lr=1, momentum=m),
    'SGD Nesterov': lambda p, m: torch.optim.SGD(p, lr=1, momentum=m, nesterov=True),
    'Adam': lambda p, m: torch.optim.Adam(p, lr=1, betas=(m, 0.999), eps=1e-8),
    'Adamax': lambda p, m: torch.optim.Adamax(p, lr=1, betas=(m, 0.999), eps=1e-8),
    'NAdam': lambda p, m: torch.optim.NAdam(p, lr=1, betas=(m, 0.999), eps=1e-8),
    'RAdam': lambda p, m: torch.optim.RAdam(p, lr=1, betas=(m, 0.999), eps=1e-8),
    'RMSProp': lambda p, m: torch.optim.RMSprop(p, lr=1, momentum=m),
    'AdamW': lambda p, m: torch.optim.AdamW(p, lr=1, betas=(m, 0.999), eps=1e-8),
}


def case(rule, momentum, scale):
    values = {name: torch.tensor(unit(f'value/{name}', COUNT)).requires_grad_() for name in GROUPS}
    optimizer = RULES[rule]([dict(params=[v], lr=GROUPS[k][0], weight_decay=GROUPS[k][1]) for k, v in values.items()], momentum)
    steps = []
    for step in range(STEPS):
        for group, (rate, _) in zip(optimizer.param_groups, GROUPS.values()):
            group['lr'] = rate if step < 3 else rate / 2
        for name, v in values.items():
            v.grad = torch.tensor(unit(f'gradient/{name}/{step}', COUNT)) * scale
        optimizer.step()
        steps.append({name: v.detach().double().tolist() for name, v in values.items()})
    return dict(rule=rule, momentum=momentum, scale=scale, steps=steps)


def main():
    torch.set_num_threads(1)
    cases = [case(rule, momentum, scale) for rule in RULES for momentum, scale in ((0.937, 1.0), (0.5, 0.25))]
    groups = {k: dict(learningRate=a, weightDecay=b) for k, (a, b) in GROUPS.items()}
    path = Path(__file__).resolve().parents[2] / 'Tests/EngineTests/Golden/optimizers.json'
    lines = ',\n'.join('  ' + json.dumps(c) for c in cases)
    path.write_text('{"format": 1, "count": %d, "groups": %s, "cases": [\n%s\n]}\n' % (COUNT, json.dumps(groups), lines))
    print(path, len(cases), 'cases')


if __name__ == '__main__':
    main()
