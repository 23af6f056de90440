"""The parts of template.yaml that run on a laptop: routes, authorizers, functions, environment, the table.

They have no other source: a route, scope or variable that the template lacks is missing on the laptop too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from deployment.template.intrinsics import (
    Node,
    Resolver,
    ResourceValue,
    TemplateError,
    as_text,
    parse_template,
)

REGION: Final = "eu-west-1"
ACCOUNT_ID: Final = "000000000000"
NO_RESOURCES: Final[Mapping[str, ResourceValue]] = MappingProxyType({})
_PSEUDO_PARAMETERS: Final = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "local",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/local/0",
}
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
_RATE: Final = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_RATE_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
# Lambda's own defaults, used if neither the function nor Globals set a value.
_DEFAULT_TIMEOUT_SECONDS: Final = 3
_DEFAULT_MEMORY_MEGABYTES: Final = 128
# The maximum timeout of an HTTP API's integration, which is also its default.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_INTEGRATION_TIMEOUT_MILLISECONDS: Final = 30_000


@dataclass(frozen=True)
class JwtAuthorizer:
    """The issuer and the audiences that a token must have."""

    issuer: str
    audiences: tuple[str, ...]
    identity_source: str


@dataclass(frozen=True)
class Cors:
    """Which sites' scripts may call the API, and what they may send and read."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    request_headers: tuple[str, ...]
    response_headers: tuple[str, ...]
    seconds: int
    """How long a browser may keep the permission."""


@dataclass(frozen=True)
class Route:
    """One method and path of the HTTP API, and the function behind it."""

    method: str
    path: str
    function: str
    authorizer: JwtAuthorizer | None
    scopes: tuple[str, ...]
    timeout_seconds: float

    @property
    def key(self) -> str:
        """The route's key, as API Gateway writes it into events."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class Function:
    """One Lambda function: its code, its limits and exactly its environment."""

    name: str
    code: Path
    handler: str
    layers: tuple[Path, ...]
    timeout_seconds: int
    memory_megabytes: int
    environment: Mapping[str, str]
    every_seconds: float | None = None
    """The period of its schedule, if it has one."""


@dataclass(frozen=True)
class HttpApi:
    """The HTTP API with its stages, which have the same routes and the same variables."""

    name: str
    stage: str
    stage_variables: Mapping[str, str]
    routes: tuple[Route, ...]
    further_stages: tuple[str, ...] = ()
    """Names of the stages that the template adds to the API's own."""
    cors: Cors | None = None


@dataclass(frozen=True)
class Application:
    """The API and all functions of the template."""

    api: HttpApi
    functions: Mapping[str, Function]


class Template:
    """A SAM template on disk, resolved in steps: some values exist only after other parts have started."""

    def __init__(self, path: Path) -> None:
        """Parse the file.

        Raises:
            TemplateError: it cannot be read or is not YAML.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise TemplateError(f"cannot read {path}") from error
        self._root = path.resolve().parent
        self._document = parse_template(text)
        self._resources: dict[str, dict[str, Any]] = self._document.get("Resources") or {}

    def properties(
        self,
        name: str,
        *,
        kind: str,
        parameters: Mapping[str, str],
        resources: Mapping[str, ResourceValue] = NO_RESOURCES,
    ) -> dict[str, Any]:
        """Return the properties of one resource that needs no others but `resources`, such as the table.

        Raises:
            TemplateError: the resource of that kind is missing, or a property cannot be resolved.
        """
        if name not in self._resources or self._resources[name].get("Type") != kind:
            raise TemplateError(f"the template has no {kind} called {name}")
        resolver = self._resolver(parameters=parameters, resources=resources)
        resolved = resolver.value(self._resources[name].get("Properties") or {}, at=name)
        if not isinstance(resolved, dict):
            raise TemplateError(f"{name}: the properties are not a mapping")
        return resolved

    def application(
        self, *, parameters: Mapping[str, str], resources: Mapping[str, ResourceValue]
    ) -> Application:
        """Return the HTTP API and its functions, resolved with the values of the running local stack.

        Raises:
            TemplateError: something the application needs is missing or cannot be resolved.
        """
        resolver = self._resolver(parameters=parameters, resources=resources)
        apis = self._named("AWS::Serverless::HttpApi", resolver)
        if len(apis) != 1:
            raise TemplateError("the template has not exactly one AWS::Serverless::HttpApi")
        [api_name] = apis
        names = self._named("AWS::Serverless::Function", resolver)
        routes: list[Route] = []
        for name in names:
            routes.extend(self._routes(name, api_name=api_name, resolver=resolver))
        api = self._merged("HttpApi", api_name)
        variables = resolver.value(api.get("StageVariables") or {}, at=f"{api_name}.StageVariables")
        return Application(
            api=HttpApi(
                name=api_name,
                stage=as_text(
                    resolver.value(api.get("StageName", "$default"), at=f"{api_name}.StageName"), at=api_name
                ),
                stage_variables={
                    key: as_text(value, at=f"{api_name}.{key}") for key, value in variables.items()
                },
                routes=tuple(routes),
                further_stages=tuple(
                    as_text(self._resources[name]["Properties"]["StageName"], at=name)
                    for name in self._named("AWS::ApiGatewayV2::Stage", resolver)
                ),
                cors=_cors(resolver.value(api.get("CorsConfiguration"), at=f"{api_name}.CorsConfiguration")),
            ),
            functions={name: self._function(name, resolver=resolver) for name in names},
        )

    def _resolver(self, *, parameters: Mapping[str, str], resources: Mapping[str, ResourceValue]) -> Resolver:
        return Resolver(
            self._document, parameters=parameters, resources=resources, pseudo_parameters=_PSEUDO_PARAMETERS
        )

    def _named(self, kind: str, resolver: Resolver) -> list[str]:
        return [
            name
            for name, resource in self._resources.items()
            if resource.get("Type") == kind
            and ("Condition" not in resource or resolver.condition(resource["Condition"]))
        ]

    def _merged(self, section: str, name: str) -> dict[str, Any]:
        """Return a resource's properties merged over Globals: mappings merge, lists join, others replace."""
        base = (self._document.get("Globals") or {}).get(section) or {}
        own = self._resources[name].get("Properties") or {}
        merged = _merge(base, own)
        return merged if isinstance(merged, dict) else {}

    def _function(self, name: str, *, resolver: Resolver) -> Function:
        properties = self._merged("Function", name)
        environment = (properties.get("Environment") or {}).get("Variables") or {}

        def scalar(key: str, default: Node) -> Node:
            value = resolver.value(properties.get(key, default), at=f"{name}.{key}")
            if value is None:
                raise TemplateError(f"{name} has no {key}")
            return value

        resolved = resolver.value(environment, at=f"{name}.Environment")
        return Function(
            name=name,
            code=(self._root / str(scalar("CodeUri", None))).resolve(),
            handler=str(scalar("Handler", None)),
            layers=tuple(self._layer(name, layer) for layer in properties.get("Layers") or []),
            timeout_seconds=int(scalar("Timeout", _DEFAULT_TIMEOUT_SECONDS)),
            memory_megabytes=int(scalar("MemorySize", _DEFAULT_MEMORY_MEGABYTES)),
            environment={key: as_text(value, at=f"{name}.{key}") for key, value in resolved.items()},
            every_seconds=self._every_seconds(name, properties.get("Events") or {}, resolver=resolver),
        )

    def _every_seconds(self, name: str, events: Mapping[str, Any], *, resolver: Resolver) -> int | None:
        for event_name, event in events.items():
            if event.get("Type") != "Schedule":
                continue
            at = f"{name}.{event_name}"
            properties = resolver.value(event.get("Properties") or {}, at=at)
            if properties.get("State") == "DISABLED":
                continue
            rate = _RATE.fullmatch(str(properties.get("Schedule")))
            if rate is None:
                raise TemplateError(f"{at}: a laptop understands rate(N minutes), hours and days only")
            return int(rate[1]) * _RATE_SECONDS[rate[2]]
        return None

    def _layer(self, function: str, reference: Node) -> Path:
        layer = self._resources.get(str(reference["Ref"])) if "Ref" in reference else None
        if layer is None or layer.get("Type") != "AWS::Serverless::LayerVersion":
            raise TemplateError(f"{function}.Layers names something that is not a layer of this template")
        content = (self._root / str(layer["Properties"]["ContentUri"])).resolve()
        # A built layer has the structure of /opt, of which the runtime imports /opt/python only.
        built = content / "python"
        return built if built.is_dir() else content

    def _routes(self, name: str, *, api_name: str, resolver: Resolver) -> list[Route]:
        routes = []
        for event_name, event in (self._merged("Function", name).get("Events") or {}).items():
            if event.get("Type") != "HttpApi":
                continue
            at = f"{name}.{event_name}"
            properties = event.get("Properties") or {}
            # Without an ApiId SAM creates a second, implicit API without authorizer.
            if properties.get("ApiId") != {"Ref": api_name}:
                raise TemplateError(f"{at}.ApiId is not {api_name}")
            authorizer, scopes = self._authorization(
                properties.get("Auth") or {}, api_name=api_name, resolver=resolver, at=at
            )
            timeout = resolver.value(
                properties.get("TimeoutInMillis", _INTEGRATION_TIMEOUT_MILLISECONDS), at=at
            )
            routes.append(
                Route(
                    method=str(resolver.value(properties.get("Method", "ANY"), at=at)).upper(),
                    path=str(resolver.value(properties.get("Path", "$default"), at=at)),
                    function=name,
                    authorizer=authorizer,
                    scopes=scopes,
                    timeout_seconds=int(timeout) / 1000,
                )
            )
        return routes

    def _authorization(
        self, own: Mapping[str, Any], *, api_name: str, resolver: Resolver, at: str
    ) -> tuple[JwtAuthorizer | None, tuple[str, ...]]:
        auth = self._merged("HttpApi", api_name).get("Auth") or {}
        chosen = resolver.value(own.get("Authorizer", auth.get("DefaultAuthorizer")), at=at)
        if chosen is None or chosen == "NONE":
            return None, ()
        definition = (auth.get("Authorizers") or {}).get(chosen)
        if definition is None:
            raise TemplateError(f"{at}: {api_name} has no authorizer called {chosen}")
        resolved = resolver.value(definition, at=f"{api_name}.{chosen}")
        jwt = {key.lower(): value for key, value in (resolved.get("JwtConfiguration") or {}).items()}
        if not jwt.get("issuer") or not jwt.get("audience"):
            raise TemplateError(f"{api_name}.{chosen} is not a JWT authorizer with an issuer and an audience")
        audience = jwt["audience"]
        scopes = resolver.value(own.get("AuthorizationScopes", definition.get("AuthorizationScopes")), at=at)
        return (
            JwtAuthorizer(
                issuer=str(jwt["issuer"]),
                audiences=tuple(audience if isinstance(audience, list) else [audience]),
                identity_source=str(resolved.get("IdentitySource", "$request.header.Authorization")),
            ),
            tuple(scopes or ()),
        )


def _cors(node: Node) -> Cors | None:
    if node is None:
        return None
    return Cors(
        origins=tuple(node["AllowOrigins"]),
        methods=tuple(node["AllowMethods"]),
        request_headers=tuple(node["AllowHeaders"]),
        response_headers=tuple(node["ExposeHeaders"]),
        seconds=int(node["MaxAge"]),
    )


def _merge(base: Node, own: Node) -> Node:
    """Merge as SAM does.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    if _is_mapping(base) and _is_mapping(own):
        keys = list(base) + [key for key in own if key not in base]
        return {key: _merge(base.get(key), own[key]) if key in own else base[key] for key in keys}
    if isinstance(base, list) and isinstance(own, list):
        return base + own
    return own


def _is_mapping(node: Node) -> bool:
    # A function such as !If is a single value, which is replaced, not merged.
    return isinstance(node, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in node)
