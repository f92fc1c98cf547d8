"""The default example, as a platform team writes it in Python."""

from cdk8s_stunner import (
    ExistingSecret,
    GitOpsApp,
    MediaBackend,
    PortRange,
    Region,
    RegionalStunner,
    Tenant,
    TurnAuth,
    TurnListener,
)

app = GitOpsApp()
acme = Tenant.of("acme")

stunner = RegionalStunner(
    app,
    "stunner",
    regions=[
        Region.of("eu-west-1", hostname="eu-west-1.turn.example.com"),
        Region.of("us-east-1", hostname="us-east-1.turn.example.com"),
    ],
    tenants=[acme],
    realm="turn.example.com",
    auth=TurnAuth.ephemeral(ExistingSecret.of("stunner-auth")),
    listeners=[
        TurnListener.udp(3478),
        TurnListener.tcp(3478),
        TurnListener.tls(5349, certificate=ExistingSecret.of("stunner-tls")),
    ],
)

stunner.add_route(
    acme,
    "media-server-route",
    backends=[MediaBackend.service("janus-media", ports=PortRange.of(20000, 40000))],
)

app.synth()
